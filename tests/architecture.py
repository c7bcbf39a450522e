"""What import-linter cannot see, read from the syntax tree: `python -m tests.architecture`, part of `make check`.

Four rules: the core (models, queries, access, actions, events) imports nothing of HTTP; an upper app imports from
tickets only its core; every app is under import-linter's contract; and whatever shows tickets to somebody reads
ticket-bound models through `visible_to` (or `worked_by`, which is narrower), except the listed few.

The last rule sees reads that begin at a manager (`Message.objects...`) and raw SQL. It trusts an object that came in as
a parameter, and it does not follow reverse relations: those begin at an object that was loaded under the rule.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]

CORE = ("models", "queries", "access", "actions", "events")
EDGES = (
    "urls",
    "views",
    "api",
    "admin",
    "consumers",
    "forms",
    "templatetags",
    "receivers",
    "tasks",
    "channels",
    "accounts",
    "integrations",
)
HTTP = (
    "django.http",
    "django.views",
    "django.shortcuts",
    "django.urls",
    "django.middleware",
    "django.contrib.messages",
)

READERS = ("views", "api", "consumers", "exports", "admin", "forms", "templatetags", "queries")
MANAGERS = ("objects", "_default_manager", "_base_manager")
SCOPES = ("visible_to", "worked_by")
RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")

# "file: function" → why it may read without visible_to. Keep it short; each line is a promise that somebody checked.
ALLOWED = {
    "tickets/queries/bulk.py: progress_of": "numbers of one's own bulk change, which was read by visible_to",
    "tickets/queries/rules.py: firings": "the log of a rule, for those who manage rules and see every ticket",
    "tickets/queries/housekeeping.py: stored_mail": "ids for beat, shown to nobody",
    "tickets/queries/housekeeping.py: costly_mail": "ids for beat, shown to nobody",
    "tickets/queries/housekeeping.py: tickets_to_close": "ids for beat, shown to nobody",
    "tickets/queries/housekeeping.py: tickets_to_wake": "the same",
    "tickets/queries/housekeeping.py: replies_to_release": "the same",
    "tickets/queries/housekeeping.py: tickets_to_erase": "the same",
    "rotations/queries/demand.py: _arrivals": "numbers by hour, for who plans the programme's queues",
    "rotations/queries/handover.py: in_hand": "of one person: counted, locked, or narrowed before it is shown",
    "rotations/queries/handover.py: open_offers": "of one duty or person, narrowed before it is shown",
    "rotations/queries/looking_back.py: _answered": "how many, for the team of the round",
    "rotations/queries/looking_back.py: _findings": "how many of each kind",
    "rotations/queries/looking_back.py: _first_answers": "numbers and medians, for the team of the round",
    "rotations/queries/looking_back.py: found_by_guests": "as findings_for; subjects by visible_to",
    "rotations/queries/my_duty.py: _answered": "for medians of times alone, and no ticket",
    "rotations/queries/my_duty.py: drafts_of": "numbers of tickets with an own draft, inside a list of visible ones",
    "rotations/queries/my_duty.py: findings_for": "words about the product, and the number of a ticket",
    "rotations/queries/my_duty.py: findings_of": "one's own, with the number of the ticket",
    "rotations/views/mentoring.py: settle_finding": "of a mentee, to be marked; nothing of the ticket is shown",
    "rotations/views/mentoring.py: _offered": "one's own offer, by whose words nothing is shown",
    "tickets/queries/ticket.py: _all_events": "of a ticket that the caller was given",
    "tickets/queries/ticket.py: _all_messages": "the same, for who reads its notes",
    "tickets/queries/setup.py: lost_with_team": "numbers, for administrators, who see every ticket",
    "tickets/queries/setup.py: in_hand": "a number, of somebody of the desk, for those who lead it",
    "tickets/queries/setup.py: lost_with": "numbers, for administrators, who see every ticket",
    "tickets/queries/setup.py: lost_with_members": "the same",
    "tickets/queries/setup.py: with_value": "the same",
    "tickets/queries/setup.py: with_choice": "the same",
    "tickets/queries/setup.py: unsolved_without": "the same",
    "tickets/queries/people.py: what_goes_back": "numbers, for whoever may undo the merge",
    "tickets/queries/tags.py: count_of": "a number, for administrators, who see every ticket",
    "tickets/queries/housekeeping.py: appointments_to_begin": "rows for beat, shown to nobody",
    "tickets/queries/joined.py: went_into": "a number, which callers look up by visible_to",
    "tickets/queries/joined.py: said_on": "the public words of a ticket that came in as the reader's own",
    "tickets/queries/live.py: newest_cursor": "a position in the feed, no content",
    "tickets/queries/live.py: groups_for": "which groups may hear of a ticket, matched with those of each connection",
    "tickets/queries/live.py: changes_before": "as below, for a page that was made before its line",
    "tickets/queries/live.py: changes_after": "ids with the groups that may hear of them; pages refetch by visible_to",
    "tickets/queries/sidebar.py: counts": "a person's own notifications",
    "tickets/queries/exporting.py: _said_on": "public words of the tickets given, the reader's own",
    "tickets/queries/searching/finding.py: _first": "a number, no content",
    "tickets/queries/searching/finding.py: _with_columns": "of the tickets given, which the caller narrowed",
    "tickets/queries/searching/finding.py: _planned": "how many rows PostgreSQL expects, read from no row",
    "tickets/queries/searching/finding.py: find_own": "the reader's own shares, among what is visible to them",
    "tickets/queries/searching/finding.py: _saying": "how many rows PostgreSQL expects, read from no row",
    "tickets/queries/searching/finding.py: _words_of": "of the tickets given, which the caller narrowed",
    "tickets/queries/searching/finding.py: _counted_in_sight": "numbers, of tickets read by worked_by a line before",
    "tickets/queries/searching/hits.py: _of": "of the tickets found, which the caller narrowed",
    "tickets/queries/searching/forms.py: similar": "words, bound to no ticket; only those in texts in sight are found",
    "tickets/queries/searching/meaning.py: said": "a condition on tickets, which the caller narrows",
    "tickets/queries/searching/meaning.py: _texts": "the same",
    "tickets/queries/searching/meaning.py: _linked": "the same; links alone, whose other end is narrowed here",
    "tickets/queries/searching/meaning.py: _has": "the same",
    "tickets/queries/searching/meaning.py: _mentions": "the same",
    "tickets/queries/searching/meaning.py: _numbers": "the same",
    "tickets/queries/mail.py: quarantined": "mail that reached no ticket, for those who manage mail",
    "tickets/queries/mail.py: inbound": "the same",
    "tickets/queries/mail.py: paused_addresses": "addresses that bounced, for those who manage mail",
    "tickets/queries/mail.py: ended_pauses": "the same",
    "tickets/queries/mail.py: pause": "the same",
    "tickets/queries/mail.py: dead_letters": "mail that could not be sent, for those who manage mail",
    "tickets/queries/mail.py: outgoing": "the same",
    "tickets/queries/mail.py: stuck_mail": "mail that waits to be sent, for those who manage mail",
    "tickets/queries/mail.py: unread_mail": "a number, for those who manage mail",
    "tickets/queries/views.py: _counted": "numbers, of querysets that the caller narrowed by worked_by",
    "tickets/queries/bulk.py: newest_message": "a number, no content",
    "tickets/queries/bulk.py: leaves_at": "a time, of replies of the person's own bulk change",
    "tickets/queries/walkups.py: today": "a person's own favours, a sum",
    "tickets/queries/walkups.py: usual_queue": "the number of a person's own last queue",
    "tickets/queries/askers.py: _people": "how often people in sight asked, a number",
    "tickets/queries/favours.py: _meanwhile": "numbers of the reader's own queues, at the moments of favours in sight",
    "sla/queries.py: holds": "whether a policy fits the ticket given, which nobody is shown",
    "sla/queries.py: _first_fitting.found": "the same of all policies at once",
    "sla/queries.py: _standing": "of the ticket whose clocks an action moves",
    "sla/queries.py: _clocks": "the same",
    "sla/queries.py: happened_on_each": "of tickets that the caller was given, or whose clocks an action moves",
    "sla/queries.py: events_around": "of a ticket whose clocks an edit of promises moves, shown to nobody",
    "sla/queries.py: last_agreement": "the same",
    "sla/queries.py: open_clocks": "the same",
    "sla/queries.py: clocks_by_number": "the same",
    "sla/queries.py: open_tickets": "numbers for those edits, shown to nobody",
    "sla/queries.py: tickets_with_old_terms": "the same",
    "sla/queries.py: number_of_open_tickets": "a number, for leads and administrators",
    "sla/queries.py: newest_event": "a position among events, no content",
    "sla/queries.py: _number": "numbers of transactions, no content",
    "sla/queries.py: all_foreseen": "those of tickets that the reader works; administrators work them all",
    "sla/queries.py: number_foreseen_elsewhere": "a number, for leads",
    "tickets/views/case.py: _attachment": "first found among the files of the reader's own case",
}


def core_knows_no_http(root: Path) -> Iterator[str]:
    for app in _apps(root):
        for path in _modules(root, app, CORE):
            for module in sorted(_imports_through_lib(root, path)):
                if module.startswith(tuple(f"{name}." for name in HTTP)) or module in HTTP:
                    yield f"{_name(root, path)} imports {module}: the core knows no HTTP"


def upper_apps_import_the_core_only(root: Path) -> Iterator[str]:
    for app in _apps(root):
        if app == "tickets":
            continue
        for path in sorted((root / app).rglob("*.py")):
            for module in sorted(_imports(path)):
                parts = module.split(".")
                if parts[0] in _apps(root) and parts[0] != app and len(parts) > 1 and parts[1] in EDGES:
                    yield f"{_name(root, path)} imports {module}: another app is entered through its core only"


def every_app_is_under_contract(root: Path) -> Iterator[str]:
    contract = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    for app in _apps(root):
        if app not in contract:
            yield f"{app} is missing in root_packages of [tool.importlinter] in pyproject.toml"


def readers_use_visible_to(root: Path) -> Iterator[str]:
    bound = ticket_bound_models(root)
    for app in _apps(root):
        for path in _modules(root, app, READERS):
            name = _name(root, path)
            for function, node in _reads(ast.parse(path.read_text()), bound):
                if f"{name}: {function}" not in ALLOWED:
                    yield f"{name}:{node.lineno} {function} reads {_what(node)} without visible_to"


CHECKS = (core_knows_no_http, upper_apps_import_the_core_only, every_app_is_under_contract, readers_use_visible_to)


def ticket_bound_models(root: Path) -> frozenset[str]:
    """Ticket, every model with a relation to it, every model with a relation to one of those, and so on."""
    relations: dict[str, set[str]] = {}
    for app in _apps(root):
        for path in _modules(root, app, ("models",)):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    relations[node.name] = set(_relations(node))
    bound = {"Ticket"}
    while more := {name for name, targets in relations.items() if targets & bound} - bound:
        bound |= more
    return frozenset(bound)


def _relations(model: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(model):
        if isinstance(node, ast.Call) and _last_name(node.func) in RELATIONS:
            for target in (*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "to")):
                if isinstance(target, ast.Constant) and isinstance(target.value, str):
                    yield target.value.split(".")[-1]
                else:
                    yield _last_name(target)


def _reads(tree: ast.Module, bound: frozenset[str]) -> Iterator[tuple[str, ast.expr]]:
    """Reads of bound models that no scope narrows, with the name of the function around each."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        begins_read = (
            isinstance(node, ast.Attribute) and node.attr in MANAGERS and _last_name(node.value) in bound
        ) or (
            isinstance(node, ast.Call)
            and _last_name(node.func) in ("get_object_or_404", "get_list_or_404")
            and bool(node.args)
            and _last_name(node.args[0]) in bound
        )
        is_raw = isinstance(node, ast.Attribute) and (
            (node.attr == "raw" and _last_name(node.value) in MANAGERS)
            or (node.attr == "cursor" and _last_name(node.value) == "connection")
        )
        if not (begins_read or is_raw):
            continue
        assert isinstance(node, ast.expr)
        around = _functions_around(node, parents)
        if not _is_narrowed(_whole_chain(node, parents), around, bound):
            yield ".".join(function.name for function in reversed(around)) or "module", node


def _whole_chain(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    """The longest `a.b(c).d(e)` that begins with the node."""
    while True:
        parent = parents.get(node)
        if isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and parent.func is node):
            node = parent
        else:
            return node


def _is_narrowed(chain: ast.AST, around: list[ast.FunctionDef | ast.AsyncFunctionDef], bound: frozenset[str]) -> bool:
    given = {argument.arg for function in around for argument in _arguments(function) if _is_of(argument, bound)}
    given |= {name for function in around for name in _narrowed_names(function)}
    for node in ast.walk(chain):
        if isinstance(node, ast.Attribute) and node.attr in SCOPES:
            return True
        if isinstance(node, ast.Call) and _last_name(node.func) == "OuterRef":
            return True  # a subquery of a read that is looked at by itself
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Name) and node.value.id in given:
            return True
    return False


def _narrowed_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Local names of the kind `visible = Message.objects.visible_to(...)`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(part, ast.Attribute) and part.attr in SCOPES for part in ast.walk(node.value)
        ):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _is_of(argument: ast.arg, bound: frozenset[str]) -> bool:
    """Whether the parameter's annotation names a bound model, also inside list[...] or as a string."""
    if argument.annotation is None:
        return False
    words = {_last_name(node) for node in ast.walk(argument.annotation)}
    words |= {str(node.value) for node in ast.walk(argument.annotation) if isinstance(node, ast.Constant)}
    return bool(words & bound)


def _functions_around(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    found = []
    while (parent := parents.get(node)) is not None:
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(parent)
        node = parent
    return found


def _imports_through_lib(root: Path, path: Path) -> set[str]:
    """What a module imports, itself or by way of helpdesk.lib."""
    found, todo, seen = set(), [path], set()
    while todo:
        current = todo.pop()
        seen.add(current)
        for module in _imports(current):
            found.add(module)
            if module.startswith("helpdesk.lib"):
                for name in (module, module.rpartition(".")[0]):
                    file = root / (name.replace(".", "/") + ".py")
                    if file.exists() and file not in seen:
                        todo.append(file)
    return found


def _imports(path: Path) -> set[str]:
    """Dotted names of everything the file imports, also inside functions; `from a import b` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _modules(root: Path, app: str, names: tuple[str, ...]) -> list[Path]:
    """Files of the named modules of an app, whether `views.py` or `views/...`."""
    found = []
    for name in names:
        found += [path for path in [root / app / f"{name}.py"] if path.exists()]
        found += sorted((root / app / name).rglob("*.py"))
    return found


def _apps(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.glob("*/apps.py") if path.parent.name != "helpdesk")


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _what(node: ast.expr) -> str:
    return ast.unparse(node).split("(")[0]


def problems(root: Path = PROJECT) -> list[str]:
    return [problem for check in CHECKS for problem in check(root)]


if __name__ == "__main__":
    found = problems()
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
