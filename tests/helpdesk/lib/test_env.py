import pytest

from helpdesk.lib import env


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda: env.text("THING"), " word ", "word"),
        (lambda: env.text("THING", "default"), "", "default"),
        (lambda: env.text("THING"), "$HOME", "$HOME"),
        (lambda: env.required("THING"), "word", "word"),
        (lambda: env.flag("THING"), "Yes", True),
        (lambda: env.flag("THING", True), "0", False),
        (lambda: env.flag("THING", True), "", True),
        (lambda: env.number("THING"), "-7", -7),
        (lambda: env.number("THING", 5), "", 5),
        (lambda: env.words("THING"), "a, b,,c ", ["a", "b", "c"]),
        (lambda: env.words("THING", ["x"]), "", ["x"]),
        (lambda: env.url("THING", ("smtp",)), "smtp://user:secret@host:25", "smtp://user:secret@host:25"),
    ],
)
def test_a_value_is_read(monkeypatch: pytest.MonkeyPatch, read, value, expected) -> None:
    monkeypatch.setenv("THING", value)

    assert read() == expected


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda: env.required("THING", why="it signs sessions"), "", "THING is not set: it signs sessions."),
        (lambda: env.flag("THING"), "maybe", "THING is 'maybe', but must be one of"),
        (lambda: env.number("THING"), "4.5", "THING is '4.5', but must be a whole number."),
        (lambda: env.number("THING", minimum=1), "0", "THING is 0, but must be at least 1."),
        (lambda: env.number("THING", maximum=9), "10", "THING is 10, but must be at most 9."),
        (lambda: env.url("THING", ("http", "https")), "ftp://host", "THING must start with http:// or https://."),
        (lambda: env.url("THING", ("http",)), "http://host:port", "THING is not an address that can be read."),
        (lambda: env.database("THING"), "", "THING is not set"),
        (lambda: env.database("THING"), "mysql://host/name", "THING must start with postgres:// or postgresql://."),
        (lambda: env.database("THING"), "postgresql://host", "THING names no database"),
    ],
)
def test_a_wrong_value_is_refused_with_one_sentence(monkeypatch: pytest.MonkeyPatch, read, value, sentence) -> None:
    monkeypatch.setenv("THING", value)

    with pytest.raises(env.WrongSetting) as refused:
        read()

    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_refused_address_does_not_repeat_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "mysql://user:hunter2@host/name")

    with pytest.raises(env.WrongSetting) as refused:
        env.database("THING")

    assert "hunter2" not in str(refused.value)


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))

    assert env.required("THING") == "from the file"


@pytest.mark.parametrize(
    "url", ["postgresql://dyzur@/dyzur?host=/run/some%20folder", "postgresql://dyzur@%2Frun%2Fsome folder/dyzur"]
)
def test_a_database_may_be_reached_by_a_socket(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("THING", url)

    config = env.database("THING")

    assert (config["HOST"], config["NAME"], config["USER"]) == ("/run/some folder", "dyzur", "dyzur")
