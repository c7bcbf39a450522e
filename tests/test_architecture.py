"""Plants a violation of each contract in a copy of the tree and sees it caught."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import architecture

PROJECT = architecture.PROJECT
UPPER_APPS = ("sla", "rotations")


APPS = "Composition → sla → rotations → tickets → helpdesk.lib"
KERNEL = "No Python in tickets names rotations or sla"
INSIDE = "Inside tickets every edge points to the core"
CORE = "The core knows no HTTP framework and no Celery"
INSIDE_SLA = "Inside sla every edge points to the core"
INSIDE_ROTATIONS = "Inside rotations every edge points to the core"
PURE_HOURS = "Weekly hours are plain arithmetic: nothing of ours"
PURE = "Business time is plain arithmetic: nothing of ours, no Django"

FORBIDDEN = [
    (APPS, "helpdesk.lib.clock", "tickets.models"),
    (APPS, "helpdesk.lib.collation", "helpdesk.settings"),
    (APPS, "tickets.access", "helpdesk.urls"),
    (APPS, "rotations.queries", "sla.apps"),
    (KERNEL, "tickets.views.queue", "sla.apps"),
    (KERNEL, "tickets.tasks", "rotations.apps"),
    (INSIDE, "tickets.models.ticket", "tickets.events"),
    (INSIDE, "tickets.events", "tickets.actions.replying"),
    (INSIDE, "tickets.actions.replying", "tickets.tasks"),
    (INSIDE, "tickets.access", "tickets.views.queue"),
    (INSIDE, "tickets.api.urls", "tickets.views.queue"),
    (CORE, "tickets.actions.replying", "celery"),
    (CORE, "tickets.models.queue", "rest_framework"),
    (INSIDE_SLA, "sla.business_time", "sla.apps"),
    (PURE, "sla.business_time", "helpdesk.lib.clock"),
    (PURE, "sla.business_time", "django"),
    (APPS, "tickets.queries.queue", "rotations.queries"),
    (INSIDE_ROTATIONS, "rotations.queries", "rotations.actions.presence"),
    (INSIDE_ROTATIONS, "rotations.models", "rotations.queries"),
    (PURE_HOURS, "rotations.weekly_hours", "tickets.models"),
]


def copy_tree(target: Path) -> Path:
    """A copy of the code with empty upper apps, as they will stand under the contract once they are built."""
    code = shutil.ignore_patterns("__pycache__", "demo", "migrations", "static", "templates")
    contract = (PROJECT / "pyproject.toml").read_text()
    for name in ("helpdesk", "tickets", *UPPER_APPS):
        if (PROJECT / name).exists():
            shutil.copytree(PROJECT / name, target / name, ignore=code)
        else:
            plant(target, f"{name}/__init__.py", "")
            contract = contract.replace("root_packages = [", f'root_packages = ["{name}", ')
        if name in UPPER_APPS and not (target / name / "apps.py").exists():
            plant(target, f"{name}/apps.py", "")
    plant(target, "pyproject.toml", contract)
    return target


def plant(tree: Path, name: str, code: str) -> None:
    """Add lines to a module of the copy; a module that does not exist yet is made."""
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"\n{code}\n")


def broken_contracts(tree: Path) -> dict[str, str]:
    """What import-linter says of each contract that it finds broken."""
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in linted.stdout, linted.stdout + linted.stderr
    names = [line.removesuffix("BROKEN").strip() for line in linted.stdout.splitlines() if line.endswith("BROKEN")]
    assert bool(names) == bool(linted.returncode)
    found = {}
    for name in names:
        _, _, rest = linted.stdout.rpartition(f"\n{name}\n---")
        found[name] = re.split(r"\n[^\n]+\n-{5,}\n", rest)[0]
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_tree(tmp_path)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One run over a copy with every forbidden import planted at once, inside functions, where they like to hide."""
    tree = copy_tree(tmp_path_factory.mktemp("planted"))
    for number, (_, importer, imported) in enumerate(FORBIDDEN):
        path = importer.replace(".", "/")
        name = f"{path}/__init__.py" if (tree / path).is_dir() else f"{path}.py"
        plant(tree, name, f"def planted_{number}():\n    import {imported}")
    plant(tree, "tickets/misc.py", "")
    return broken_contracts(tree)


def test_the_tree_keeps_every_rule(tree: Path) -> None:
    assert broken_contracts(tree) == {}
    assert architecture.problems(tree) == []
    assert architecture.problems() == []


@pytest.mark.parametrize(("contract", "importer", "imported"), FORBIDDEN)
def test_a_forbidden_import_breaks_its_contract(
    verdicts: dict[str, str], contract: str, importer: str, imported: str
) -> None:
    assert f"{importer} -> {imported} (l." in verdicts[contract]


def test_a_module_that_has_no_layer_breaks_the_contract(verdicts: dict[str, str]) -> None:
    assert "- tickets.misc\n" in verdicts[INSIDE]


def test_every_contract_has_a_violation_planted(verdicts: dict[str, str]) -> None:
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

    assert {contract["name"] for contract in contracts} == {contract for contract, _, _ in FORBIDDEN} == set(verdicts)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("tickets/actions/replying.py", "from django.http import HttpRequest"),
        ("tickets/access.py", "from django import http"),
        ("tickets/models/ticket.py", "import helpdesk.lib.problem_json"),
    ],
)
def test_http_in_the_core_is_caught(tree: Path, module: str, code: str) -> None:
    plant(tree, module, code)

    assert any("the core knows no HTTP" in problem for problem in architecture.core_knows_no_http(tree))


def test_an_upper_app_that_uses_a_view_of_tickets_is_caught(tree: Path) -> None:
    plant(tree, "rotations/queries.py", "from tickets.views import queue")

    problems = list(architecture.upper_apps_import_the_core_only(tree))

    assert any("tickets.views" in problem for problem in problems)


def test_an_app_that_no_contract_covers_is_caught(tree: Path) -> None:
    plant(tree, "billing/apps.py", "")

    assert [problem.split()[0] for problem in architecture.every_app_is_under_contract(tree)] == ["billing"]


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("tickets/views/ticket.py", "def show(request, pk): return Ticket.objects.get(pk=pk)"),
        ("tickets/views/ticket.py", "def show(request, pk): return get_object_or_404(Ticket, pk=pk)"),
        ("tickets/views/ticket.py", "def show(request, pk): return get_object_or_404(Ticket.objects.present(), pk=pk)"),
        ("tickets/api/messages.py", "def all_messages(ticket_id): return Message.objects.filter(ticket=ticket_id)"),
        ("tickets/consumers.py", "async def event(pk): return await Event.objects.aget(pk=pk)"),
        ("tickets/exports.py", "def rows(user): return models.Ticket._default_manager.all()"),
        ("tickets/exports.py", "def rows(): return connection.cursor()"),
        ("tickets/exports.py", "def rows(): return User.objects.raw('select 1')"),
        ("sla/views.py", "def board(request): return Attachment.objects.count()"),
        ("tickets/queries/ticket.py", "def by_number(number): return Ticket.objects.filter(pk=number)"),
    ],
)
def test_a_read_without_visible_to_is_caught(tree: Path, module: str, code: str) -> None:
    plant(tree, module, code)

    problems = list(architecture.readers_use_visible_to(tree))

    assert [problem.split(":")[0] for problem in problems] == [module]


@pytest.mark.parametrize(
    "code",
    [
        "def show(request, pk): return get_object_or_404(Ticket.objects.visible_to(request.user, at), pk=pk)",
        "def texts(user, at): return Message.objects.filter(ticket__in=Ticket.objects.visible_to(user, at))",
        "def texts(*, ticket: Ticket): return Message.objects.filter(ticket=ticket)",
        "def one(u, at):\n    mine = Ticket.objects.visible_to(u, at)\n    return Event.objects.filter(ticket=mine)",
        "def queues(): return Queue.objects.all()",
    ],
)
def test_a_read_through_visible_to_passes(tree: Path, code: str) -> None:
    plant(tree, "tickets/views/ticket.py", code)

    assert list(architecture.readers_use_visible_to(tree)) == []


def test_models_bound_to_tickets_are_found_through_others() -> None:
    bound = architecture.ticket_bound_models(PROJECT)

    assert {"Ticket", "Message", "Attachment", "Event"} <= bound
    assert not {"User", "Queue", "Team"} & bound
