"""Saved searches by the API: the same rights, the same tickets, the same numbers as on the pages."""

from django.core.cache import cache

from tickets.models import CustomField, View


def make(caller, **body):
    return caller.post("views/", **{"name": "Returns", "query": "is:unsolved", **body})


def test_a_search_is_saved_read_changed_and_listed(desk, as_):
    ticket = desk.ticket()
    desk.ticket(queue=desk.shops)
    agent = as_(desk.agent)

    made = make(agent, sort="due", columns=["status", "nothing"])

    view = View.objects.get()
    assert (made.status_code, made["Location"]) == (201, f"/api/views/{view.pk}/")
    assert made.json() == {
        "id": view.pk, "name": "Returns", "query": "is:unsolved", "sort": "due", "columns": ["status"], "team": None,
        "is_for_everybody": False, "version": 1, "may_change": True, "count": 1, "problem": "",
    }  # fmt: skip
    changed = agent.post(f"views/{view.pk}/change/", name="Refunds", seen=1)
    assert (changed.json()["name"], changed.json()["sort"], changed.json()["version"]) == ("Refunds", "due", 2)
    assert agent.get("views/").json()["results"] == [changed.json()]
    assert [row["id"] for row in agent.get(f"views/{view.pk}/tickets/").json()["results"]] == [ticket.pk]


def test_pages_of_tickets_follow_each_other(desk, as_):
    numbers = [desk.ticket().pk for _each in range(5)]
    agent = as_(desk.agent)
    found = []

    for sort in ("due", "oldest", "newest"):
        path = f"views/{make(agent, sort=sort).json()['id']}/tickets/?size=2"
        pages = []
        while path:
            page = agent.get(path).json()
            pages += [row["id"] for row in page["results"]]
            path = page["next"] and page["next"].partition("/api/")[2]
        found.append(pages)

    assert found == [numbers, numbers, numbers[::-1]]
    assert agent.get(f"views/{View.objects.first().pk}/tickets/", after="x").status_code == 400


def test_refusals_say_what_is_wrong(desk, as_):
    agent, lead = as_(desk.agent), as_(desk.lead)

    wrong = make(agent, query="status:opne")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["query"])
    assert wrong.json()["mistake"]["start"] == 7
    assert make(lead, team=10**15).json()["errors"]["team"]
    assert make(as_(desk.admin), team=desk.billing.team_id, is_for_everybody=True).status_code == 400
    assert make(lead, is_for_everybody=True).json()["code"] == "may_not_share"
    assert not View.objects.exists()

    number = make(lead, team=desk.billing.team_id).json()["id"]
    assert agent.post(f"views/{number}/change/", name="Mine").status_code == 403
    lead.post(f"views/{number}/change/", name="One", seen=1)
    assert lead.post(f"views/{number}/change/", name="Two", seen=1).json()["code"] == "changed_meanwhile"
    assert agent.get(f"views/{number}/").json()["may_change"] is False
    assert as_(desk.stranger).get(f"views/{number}/").status_code == 404


def test_one_that_went_wrong_says_so_in_its_place(desk, as_):
    CustomField.objects.create(key="amount", label="Amount", type="number")
    agent = as_(desk.agent)
    number = make(agent, query="amount:>100").json()["id"]
    CustomField.objects.all().delete()
    cache.clear()
    (view,) = agent.get("views/").json()["results"]

    assert view["count"] is None and "amount" in view["problem"]
    assert agent.get(f"views/{number}/tickets/").status_code == 400


def test_removal_return_and_order(desk, as_):
    agent = as_(desk.agent)
    one, two = make(agent).json()["id"], make(agent).json()["id"]

    agent.post(f"views/{two}/move/", to="up")
    assert [view["id"] for view in agent.get("views/").json()["results"]] == [two, one]
    assert agent.post(f"views/{two}/remove/").status_code == 204
    assert [view["id"] for view in agent.get("views/").json()["results"]] == [one]
    assert agent.post(f"views/{two}/restore/").json()["id"] == two
    assert agent.post(f"views/{two}/restore/").status_code == 404


def test_the_list_costs_the_same_with_one_and_with_many(desk, as_):
    desk.ticket()
    agent = as_(desk.agent)
    make(agent)
    agent.get("views/")
    cache.clear()
    agent.get("views/")
    one = agent.statements
    View.objects.bulk_create(
        View(name=str(place), query=f"priority:high word{place}", owner=desk.agent) for place in range(5)
    )
    cache.clear()
    agent.get("views/")

    assert agent.statements <= one + 1  # words are looked up, once for all views
