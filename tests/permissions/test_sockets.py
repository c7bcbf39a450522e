"""Every type of frame of the live process has its row, and goes to those whom the row names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from helpdesk.lib import clock as product_clock
from tests.factories import AT, make_admin, make_note
from tests.permissions.matrix import MATRIX, columns_of
from tests.permissions.world import COLUMNS, World
from tests.tickets.test_consumers import Socket, live, looked, quick, signed_in  # noqa: F401
from tickets import consumers

ROWS = {(row["direction"], row["type"]): row for row in MATRIX["socket"]}


def frame_types() -> set[tuple[str, str]]:
    """Types written in the consumers: {"type": "..."} is a frame sent, a comparison with one is a frame understood."""
    tree = ast.parse(Path(consumers.__file__).read_text())
    sent = {
        ("sent", value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant)
    }
    understood = {
        ("accepted", str(right.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and "type" in ast.unparse(node.left)
        for right in node.comparators
        if isinstance(right, ast.Constant)
    }
    return sent | understood


def test_every_frame_has_a_row_and_every_row_a_frame() -> None:
    assert frame_types() == set(ROWS)


@pytest.mark.django_db(transaction=True)
def test_who_hears(quick, settings) -> None:  # noqa: F811
    settings.CLOCK_OFFSET = product_clock.offset_from(AT, product_clock.real_now())
    world = World()
    let_in = [column for column, answer in columns_of(ROWS["sent", "cursor"]["own"]).items() if answer == "yes"]
    heard: dict[tuple[str, str], dict[str, str]] = {}

    for column in set(COLUMNS) - set(let_in):
        client = None if column == "anonymous" else signed_in(world.person(column))
        assert async_to_sync(Socket(client).open)() == 4401, column

    async def story(*sockets: Socket) -> None:
        for ticket in (world.far.ticket, world.held, world.near.ticket):
            await sync_to_async(make_note)(ticket, world.person("admin"), at=product_clock.now())
        for column, socket in zip(let_in, sockets, strict=True):
            own, foreign = world.own[column].pk, world.far.ticket.pk
            await socket.changes(until=own)
            assert (await socket.frame("cursor"))["cursor"]
            heard["own", column] = "yes" if own in socket.heard else "-"
            heard["foreign", column] = "yes" if foreign in socket.heard else "-"

    live(story, *(world.person(column) for column in let_in))

    row = ROWS["sent", "changed"]
    for which in ("own", "foreign"):
        expected = columns_of(row[which])
        assert {column: heard.get((which, column), "-") for column in COLUMNS} == expected


@pytest.mark.django_db(transaction=True)
def test_who_is_seen_where_and_who_is_told(quick, settings) -> None:  # noqa: F811
    """Each says to be in the own ticket and in a foreign one. An administrator sees where that counts, and each who is
    told of the administrator."""
    settings.CLOCK_OFFSET = product_clock.offset_from(AT, product_clock.real_now())
    world = World()
    admin = world.person("admin")
    seen: dict[str, dict[str, str]] = {"own": {}, "foreign": {}}
    told: dict[str, dict[str, str]] = {"own": {}, "foreign": {}}
    let_in = [column for column, answer in columns_of(ROWS["accepted", "here"]["own"]).items() if answer == "yes"]
    awaited = {
        which: {
            column: tuple(columns_of(ROWS[direction, "here"][which])[column] for direction in ("accepted", "sent"))
            for column in let_in
        }
        for which in ("own", "foreign")
    }

    for column in let_in:
        person = make_admin() if column == "admin" else world.person(column)
        for which, ticket in (("own", world.own[column].pk), ("foreign", world.far.ticket.pk)):

            async def story(
                theirs: Socket, watching: Socket, ticket: int = ticket, column: str = column, which: str = which
            ) -> None:
                await theirs.tell({"type": "shows", "tickets": [ticket]})
                await theirs.tell({"type": "here", "ticket": ticket, "doing": "reply"})
                await watching.tell({"type": "shows", "tickets": [ticket]})
                await watching.tell({"type": "here", "ticket": ticket, "doing": "note"})
                for _time in range(5):  # a frame may come later than the look it is of
                    await looked(6)
                    seen[which][column] = "yes" if watching.here(ticket) else "-"
                    told[which][column] = "yes" if theirs.here(ticket) else "-"
                    if (seen[which][column], told[which][column]) == awaited[which][column]:
                        break

            live(story, person, admin)

    for direction, found in (("accepted", seen), ("sent", told)):
        row = ROWS[direction, "here"]
        for which in ("own", "foreign"):
            assert {column: found[which].get(column, "-") for column in COLUMNS} == columns_of(row[which]), direction
