import pytest

from tickets.channels.email.charsets import codec_name, decode, tidy

WORDS = "Zażółć gęślą jaźń"
CAPITALS = "RÓŻNE PROŚBY ŁÓDŹ ŻĄDANIE"


@pytest.mark.parametrize("words", [WORDS, CAPITALS, "Dzień dobry, źle działa", "ó", "Świetnie – dziękuję"])
@pytest.mark.parametrize("true", ["utf-8", "windows-1250", "iso-8859-2"])
@pytest.mark.parametrize("label", ["right", None, "", "us-ascii", "unknown-8bit", "x-nonsense", "utf-8"])
def test_polish_is_readable_under_any_label(words, true, label):
    words = words.replace("–", "-") if true == "iso-8859-2" else words

    text, problem = decode(words.encode(true), true if label == "right" else label)

    assert text == words
    assert not problem or label != "right"


@pytest.mark.parametrize("label", ["iso-8859-1", "iso-8859-2", "windows-1252", "windows-1250", "koi8-r"])
@pytest.mark.parametrize("words", [WORDS, "Größe", "Здравствуйте", "您好", "Paczka 📦 nie doszła"])
def test_utf8_under_the_label_of_another_charset(label, words):
    text, problem = decode(words.encode(), label)

    assert text == words
    assert "is utf-8" in problem


@pytest.mark.parametrize("label", [None, "us-ascii", "iso-8859-1"])
def test_rare_letters_of_utf8_without_its_label(label):
    words = "ði ıntəˈnæʃənəl ⡌⠁⠧⠑"

    assert decode(words.encode(), label)[0] == words


def test_capitals_in_iso_8859_2_are_not_taken_for_utf8():
    # "RÓŻA" in ISO-8859-2 is a valid UTF-8 sequence by accident.
    assert decode("RÓŻA".encode("iso-8859-2"), "iso-8859-2")[0] == "RÓŻA"


def test_windows_1250_under_the_label_iso_8859_2():
    assert decode("źródło „ś”".encode("cp1250"), "iso-8859-2")[0] == "źródło „ś”"


def test_gbk_under_the_label_gb2312():
    assert decode("朱镕基，€".encode("gb18030"), "gb2312")[0] == "朱镕基，€"


def test_japanese_without_a_label():
    assert decode("支払い".encode("iso-2022-jp"))[0] == "支払い"


@pytest.mark.parametrize(
    ("words", "charset"),
    [
        ("Здравствуйте, не могу оплатить заказ в вашем магазине", "cp1251"),
        ("Größe und Übergröße stimmen nicht", "cp1252"),
    ],
)
def test_other_languages_without_a_label_are_guessed(words, charset):
    assert decode(words.encode(charset))[0] == words


def test_a_letter_cut_in_two_spoils_only_itself():
    text, problem = decode("zażółć gęślą jaźń".encode()[:-1], "utf-8")

    assert text == "zażółć gęślą jaź�"
    assert problem


def test_another_part_gives_the_hint():
    assert decode("Прошу".encode("koi8-r"), None, hints=("koi8-r",))[0] == "Прошу"


@pytest.mark.parametrize("label", ["base64", "rot13", "zlib", "idna", "unicode_escape", "undefined", "x" * 500, "\0"])
def test_codecs_that_are_no_charsets_are_not_used(label):
    assert codec_name(label) is None
    assert decode(b"\\u0041 zw=", label)[0] == "\\u0041 zw="


def test_what_postgresql_cannot_hold_is_gone():
    assert tidy("a\x00b\rc\r\nd\x07\ud800e") == "ab\nc\nde"


def test_utf8_under_a_label_of_two_byte_letters_that_does_not_fit_is_utf8():
    assert decode("你好！我们公司".encode(), "GB2312") == ("你好！我们公司", "labelled GB2312, is utf-8")
