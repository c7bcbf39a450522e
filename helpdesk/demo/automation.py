"""Macros in both languages and two rules, switched off, so that nothing changes by itself while somebody looks round."""

from tickets.models import Macro, Rule

_MACROS = (
    (
        "Prośba o zrzut ekranu",
        "Dzień dobry {first name},\n\nproszę o zrzut ekranu z komunikatem, który się pojawia. Wtedy od razu zobaczymy, "
        "co się dzieje.\n\nPozdrawiam\n{agent}",
        "Hello {first name},\n\nplease send us a screenshot of the message you see. Then we can tell at once what is "
        "going on.\n\nBest regards\n{agent}",
        False,
        [{"property": "add_tags", "to": ["zrzut"]}, {"property": "status", "to": "waiting"}],
    ),
    (
        "Rozwiązane, proszę sprawdzić",
        "Dzień dobry {first name},\n\nnaprawione. Proszę sprawdzić, a gdyby coś jeszcze nie działało, wystarczy "
        "odpowiedzieć na tę wiadomość.\n\nPozdrawiam\n{agent}",
        "Hello {first name},\n\nit is fixed. Please check, and should anything still fail, just answer this message."
        "\n\nBest regards\n{agent}",
        False,
        [{"property": "status", "to": "solved"}],
    ),
    (
        "Przyjęte, odezwiemy się",
        "Dzień dobry {first name},\n\nprzyjąłem zgłoszenie {ticket} i wrócę z odpowiedzią jeszcze dziś.\n\n"
        "Pozdrawiam\n{agent}",
        "Hello {first name},\n\nI have your request {ticket} and will come back to you today.\n\nBest regards\n{agent}",
        False,
        [{"property": "assignee", "to": "me"}, {"property": "status", "to": "open"}],
    ),
    (
        "Czekamy na dostawcę",
        "Zgłoszone do dostawcy. Czekamy na odpowiedź, potem wracamy do klienta: {requester}.",
        "",
        True,
        [{"property": "status", "to": "on_hold", "reason": "odpowiedź dostawcy"}],
    ),
    ("Pilne i moje", "", "", True, [{"property": "priority", "to": 4}, {"property": "assignee", "to": "me"}]),
)
_RULES = (
    ("Faktury dostają etykietę", "opened", None, "faktura", [{"property": "add_tags", "to": ["faktura"]}]),
    ("Cisza przez tydzień", "time", 7 * 24 * 60, "status:waiting", [{"property": "add_tags", "to": ["cisza"]}]),
)


def write() -> None:
    Macro.objects.bulk_create(
        Macro(name=name, text=text, text_en=text_en, is_note=is_note, changes=changes, position=position)
        for position, (name, text, text_en, is_note, changes) in enumerate(_MACROS, 1)
    )
    Rule.objects.bulk_create(
        Rule(name=name, trigger=trigger, after_minutes=after, conditions=asked, changes=changes, position=position)
        for position, (name, trigger, after, asked, changes) in enumerate(_RULES, 1)
    )
