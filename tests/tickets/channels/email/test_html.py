import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email.html import clean, text_of, with_inline_images


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<img src='https://tracker.example/1.gif'>",
        "<img src='http://a/b' srcset='http://a/c 2x'>",
        "<p style='background:url(http://tracker.example)'>x</p>",
        "<body background='http://tracker.example'>x</body>",
        "<link rel=stylesheet href='http://tracker.example'>",
        "<style>@import 'http://tracker.example'</style>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe src='http://tracker.example'></iframe>",
        "<form action='http://tracker.example'><input></form>",
        "<svg onload=alert(1)></svg>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<object data='http://tracker.example'></object>",
        "<base href='http://tracker.example'>",
        "<meta http-equiv=refresh content='0;http://tracker.example'>",
        "<video poster='http://tracker.example'></video>",
        "<!--[if mso]><img src='http://tracker.example'><![endif]-->",
        "<img src='cid:x' onload='alert(1)'>",
        "<blockquote cite='http://tracker.example'>x</blockquote>",
    ],
)
def test_nothing_that_acts_or_loads_is_left(hostile):
    cleaned = clean(hostile).lower()

    for word in ("script", "tracker", "onerror", "onload", "style", "iframe", "form", "data:", "alert"):
        assert word not in cleaned


def test_what_is_meant_to_be_read_stays():
    table = '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    kept = f'<p><b>Dzień</b> dobry</p>{table}<img src="cid:logo" alt="l">'

    assert clean(kept) == kept


def test_links_open_elsewhere_and_tell_nothing():
    assert clean('<a href="https://x.example/?a=1&amp;b=2">x</a>') == (
        '<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">x</a>'
    )


def test_inline_pictures_get_our_own_address():
    html = clean("<img src='cid:a@x'><img src='cid:unknown'> cid:a@x")

    assert with_inline_images(html, {"a@x": "/f/1/?x=1&y=2"}) == ('<img src="/f/1/?x=1&amp;y=2"><img src=""> cid:a@x')


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b", "a\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a<div>b</div></div>", "a\nb"),
        ("a   \n b", "a b"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>d", "* a\n* b\n  * c\n\nd"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<blockquote>a<br>b</blockquote>c", "> a\n> b\n\nc"),
        ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<a href='https://x.example/page'>here</a>", "here (https://x.example/page)"),
        ("<a href='https://x.example/'>https://x.example</a>", "https://x.example"),
        ("<a href='mailto:a@x.example'>a@x.example</a>", "a@x.example"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<style>p{}</style><title>t</title>a", "a"),
        ("a&nbsp;&amp;&lt;b&gt; &quot;", 'a &<b> "'),
        ("<img src='http://x/logo.png' alt='Logo'>", "[Logo]"),
        ("see <img src='cid:a%40x' alt='Logo'> here", "see [cid:a@x] here"),
        ("<img src='cid:a ]b'>c", "c"),
        ("a<hr>b", "a\n--------------------\nb"),
        ("", ""),
        ("<h1>T</h1>a", "T\n\na"),
    ],
)
def test_text_of(html, text):
    assert text_of(html) == text


@given(st.text(alphabet="<>/abpdivtr&;=\"' \n", max_size=200))
def test_any_html_becomes_text(html):
    text_of(html)
