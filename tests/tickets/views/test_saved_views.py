"""The pages of saved searches: from a list to a view, its rows and count, wrong ones, order and undo."""

import re

import pytest
from django.core.cache import cache

from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_admin,
    make_colleague,
    make_lead,
    make_queue,
    make_requester,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown, statements
from tickets.actions import tagging
from tickets.actions.facts import store_promise
from tickets.models import CustomField, Priority, Ticket, View
from tickets.queries import views


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch):
    """A machine that is busy for a moment counts all the same."""
    monkeypatch.setattr(views, "QUICK_MS", 10_000)


@pytest.fixture
def view(agent):
    return View.objects.create(name="Pilne zwroty", query="priority:urgent", owner=agent)


def form(**fields):
    return {"name": "Zwroty", "query": "is:unsolved", "sort": "due", **fields}


def links(page: str) -> list[tuple[str, str]]:
    """The saved views beside the page: label and count."""
    section = page.split("<h2>Saved views</h2>")[1].split("</div>")[0]
    found = re.findall(r'<span class="clip">([^<]*)</span>(?:<span class="count">([^<]*)</span>)?', section)
    return found[:-1]


def test_the_queue_and_the_search_can_be_saved(desk, queue, agent):
    make_ticket(queue)

    for page, begins in (
        (f"/queue/?view=nobody&queue={queue.pk}", (f"is:unassigned is:unsolved queue:{queue.slug} -is:snoozed", "due")),
        ("/search/?q=faktura+is%3Aopen", ("faktura is:open", "newest")),
    ):
        address = re.search(r'href="(/views/new/\?[^"]*)"', shown(desk.get(page)))[1].replace("&amp;", "&")
        made = shown(desk.get(address))
        assert f'name="query" value="{begins[0]}"' in made
        assert f'<option value="{begins[1]}" selected' in made
        assert 'name="audience"' not in made  # nobody to share with

    answer = desk.post("/views/new/", form(columns=["queue"]))

    saved = View.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/views/{saved.pk}/")
    assert (saved.owner, saved.sort, saved.columns, saved.is_shared) == (agent, "due", ["queue"], False)


def test_its_rows_are_those_of_its_reader_in_its_order_with_its_columns(desk, sign_in, queue, view):
    CustomField.objects.create(key="kwota", label="Kwota", type="number")
    low = make_ticket(queue, subject="Zwykłe")
    urgent = make_ticket(queue, subject="Pilne jedno", priority=Priority.URGENT)
    other = make_ticket(subject="Pilne cudze", priority=Priority.URGENT)
    Ticket.objects.filter(pk=urgent.pk).update(fields={"kwota": "12.50"})
    View.objects.update(columns=["queue", "status", "opened", "field.kwota", "field.dawne"], is_for_everybody=True)

    page, all_of_it = shown(desk.get(f"/views/{view.pk}/")), shown(sign_in(make_admin()).get(f"/views/{view.pk}/"))

    assert f'data-ticket="{urgent.pk}"' in page
    assert f'data-ticket="{low.pk}"' not in page
    assert f'data-ticket="{other.pk}"' not in page
    assert f'data-ticket="{other.pk}"' in all_of_it
    assert '</span> Shops · <span class="sr">Status:</span> New · <span' in page
    assert "opened 8:00" in page and "Kwota: 12.50</span>" in page
    assert 'name="listed" value="q=priority%3Aurgent"' in page  # what a bulk change of all of it takes


def test_by_time_left_it_has_the_headings_of_the_queue_and_goes_on(desk, queue, agent, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    numbers = [make_ticket(queue).pk for _each in range(5)]
    for pk in numbers[:3]:
        store_promise(pk, due_at=AT + HOUR, sla_state="running")
    view = View.objects.create(name="W", query="is:unsolved", owner=agent, sort="due")
    found, url, headings = [], f"/views/{view.pk}/", []

    while url:
        page = shown(desk.get(url, **(HTMX if found else {})))
        found += [int(pk) for pk in re.findall(r'<li class="row"[^>]*data-ticket="(\d+)"', page)]
        headings += re.findall(r'<div class="group"><h2>([^<]*)', page)
        more = re.search(r'hx-get="(\?[^"]*)"', page)
        url = f"/views/{view.pk}/{more[1].replace('&amp;', '&')}" if more else ""

    assert found == numbers
    assert headings == ["Due within 2 hours", "No clock is running"]


def test_it_stands_beside_every_page_with_its_count(desk, queue, agent, view):
    make_ticket(queue, priority=Priority.URGENT)
    View.objects.create(name="Cudze", query="is:unsolved", owner=make_admin())

    assert links(shown(desk.get("/queue/"))) == [("Pilne zwroty", "1")]
    page = shown(desk.get(f"/views/{view.pk}/"))
    assert 'id="in-list">1<' in page
    assert f'href="/views/{view.pk}/" aria-current="page"' in page
    news = shown(desk.get(f"/nav/?path=/views/{view.pk}/"))
    assert 'id="in-list" hx-swap-oob="true">1<' in news


def test_the_news_of_the_page_of_views_name_no_number(desk, view):
    answer = desk.get("/nav/?path=/views/")

    assert answer.status_code == 200
    assert 'id="in-list"' not in shown(answer)


def test_pages_cost_the_same_with_one_view_and_with_many(desk, queue, agent):
    make_ticket(queue, subject="faktura")

    def cost(path: str) -> int:
        cache.clear()
        desk.get(path)
        cache.clear()
        with statements() as sent:
            assert desk.get(path).status_code == 200
        return len(sent)

    first = View.objects.create(name="W", query="faktura is:unsolved", owner=agent)
    paths = ("/queue/", "/views/", f"/views/{first.pk}/", "/nav/?path=/queue/")
    one = [cost(path) for path in paths]
    for place in range(11):
        View.objects.create(name=f"W{place}", query=f"is:unsolved pomoc{place}", owner=agent)

    assert [cost(path) for path in paths] == one


def test_what_went_wrong_is_said_in_the_view_and_beside_it(desk, queue, agent):
    field = CustomField.objects.create(key="kwota", label="Kwota", type="number")
    answer = desk.post("/views/new/", form(name="Drogie", query="kwota:>100"))
    field.delete()
    cache.clear()

    page = shown(desk.get(answer["Location"]))

    assert "This view cannot be shown as it is." in page
    assert "<mark>kwota</mark>" in page or "<mark>kwota:" in page
    assert "cannot be shown" in shown(desk.get("/queue/"))
    assert desk.get("/views/").status_code == 200


def test_a_tag_that_no_ticket_in_sight_has_is_named(desk, queue, agent):
    here, foreign = make_ticket(queue), make_ticket(make_queue())
    tagging.set_tags(ticket=here, to=["pilne"], by=None, at=AT)
    tagging.set_tags(ticket=foreign, to=["zwrot"], by=None, at=AT)
    view = View.objects.create(name="W", query="tag:zwrot,pilne,nieznany", owner=agent)

    assert "No ticket that you see has the tags nieznany, zwrot:" in shown(desk.get(f"/views/{view.pk}/"))


def test_a_wrong_search_is_not_saved_and_nothing_typed_is_lost(desk):
    answer = desk.post("/views/new/", form(name="Moje", query="status:opne", columns=["status"]))

    page = shown(answer)
    assert answer.status_code == 400
    assert 'value="Moje"' in page and 'value="status:opne"' in page and "<mark>opne</mark>" in page
    assert re.search(r'value="status"[^>]* checked', page)
    assert not View.objects.exists()


def test_a_lead_shares_with_the_team_and_hears_of_changes_meanwhile(sign_in, team, queue, desk):
    lead = sign_in(make_lead(team, language="en"))
    choices = shown(lead.get("/views/new/"))
    assert f'value="team-{team.pk}"' in choices and 'value="everybody"' not in choices
    lead.post("/views/new/", form(audience=f"team-{team.pk}"))
    view = View.objects.get()
    assert view.team == team
    assert links(shown(desk.get("/queue/"))) == [("Zwroty", "0")]
    assert desk.get(f"/views/{view.pk}/edit/").status_code == 404
    assert lead.post("/views/new/", form(audience="everybody")).status_code == 400

    lead.post(f"/views/{view.pk}/edit/", form(name="Druga", audience=f"team-{team.pk}", seen=1))
    answer = lead.post(f"/views/{view.pk}/edit/", form(name="Trzecia", audience=f"team-{team.pk}", seen=1))

    page = shown(answer)
    assert answer.status_code == 409
    assert 'value="Trzecia"' in page and "<b>Druga</b>" in page and 'name="seen" value="2"' in page


def test_removal_is_undone_by_one_press(desk, view, agent):
    answer = desk.post(f"/views/{view.pk}/remove/", follow=True)

    assert f'action="/views/{view.pk}/restore/"' in shown(answer)
    assert desk.get(f"/views/{view.pk}/").status_code == 404

    assert desk.post(f"/views/{view.pk}/restore/")["Location"] == f"/views/{view.pk}/"
    assert desk.get(f"/views/{view.pk}/").status_code == 200
    assert desk.post(f"/views/{view.pk}/restore/").status_code == 404  # nothing to bring back


def test_buttons_put_them_in_order(desk, agent):
    View.objects.bulk_create(View(name=name, query="is:unsolved", owner=agent) for name in "ABC")
    last = View.objects.get(name="C")

    desk.post(f"/views/{last.pk}/move/", {"to": "up"})

    assert [name for name, _count in links(shown(desk.get("/views/")))] == ["A", "C", "B"]


def test_strangers_find_nothing(sign_in, view, stranger):
    off_duty, requester = sign_in(make_colleague()), sign_in(make_requester())
    for client in (sign_in(stranger), off_duty, requester, sign_in(make_lead(language="en"))):
        assert client.get(f"/views/{view.pk}/").status_code == 404
        for act in ("remove", "restore", "move"):
            assert client.post(f"/views/{view.pk}/{act}/").status_code == 404
            assert client.get(f"/views/{view.pk}/{act}/").status_code == 405
    assert off_duty.get("/views/").status_code == requester.get("/views/new/").status_code == 404
    assert fresh(view.owner).views.get().removed_at is None
