"""HTML of strangers: cleaned once, before it is stored, and turned into text where a mail brings no other."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote

import nh3

# fmt: off
_TAGS = {
    "a", "abbr", "address", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}
# Content and all: what stands inside of these is not meant to be read.
_DROPPED_WHOLE = {
    "script", "style", "title", "head", "template", "noscript", "iframe", "object", "embed", "svg", "math", "audio",
    "video", "select", "option", "textarea",
}
# fmt: on
# No style, class, id, background or srcset: nothing that can load, cover, hide or imitate the page around the mail.
_ATTRIBUTES = {
    "*": {"dir", "lang", "align"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "valign"},
    "th": {"colspan", "rowspan", "valign", "scope"},
    "blockquote": {"cite", "type"},
}
# Ballast, first kind: pictures written into the page. They are never shown.
_DATA = re.compile(r"(?<=[\"'(=])data:[^\s\"'<>()]{100,}", re.IGNORECASE)
# Second kind: attributes of elements that HTML opens again by itself in each paragraph after one where they were not
# closed. It does so for three of the very same kind; with other attributes each, 100 KB would grow to gigabytes.
_REOPENED = re.compile(r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/][^<>]*>?", re.IGNORECASE)
MAX_LENGTH = 500_000
MAX_TAGS = 10_000
"""What is read as HTML, without ballast: the time of its parser grows with the square of depth and of attributes."""
MAX_QUOTES = 20
MAX_LINE = 20_000
_BLOCKQUOTE = re.compile(r"<blockquote\b[^<>]{0,300}>", re.IGNORECASE)
_CID_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")cid:([^"]*)(")', re.IGNORECASE)


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        # A picture from elsewhere tells its owner who opened the mail, where and when. Only its alt text is shown.
        return value if value.lower().startswith("cid:") else None
    if tag == "blockquote" and attribute == "cite":
        return None
    return value


_RULES: dict[str, Any] = {
    "tags": _TAGS,
    "clean_content_tags": _DROPPED_WHOLE,
    "attributes": _ATTRIBUTES,
    "attribute_filter": _keep,
    "url_schemes": {"http", "https", "mailto", "tel", "cid"},
    "link_rel": "noopener noreferrer nofollow",
    "set_tag_attribute_values": {"a": {"target": "_blank"}},
    "strip_comments": True,
}
_cleaner = nh3.Cleaner(**_RULES)


def clean(html: str) -> str:
    """`html` with only harmless tags and attributes left. Pictures keep `cid:` sources, all others lose theirs.

    Empty for HTML too large to be laid out; `text_of` has its words.
    """
    light = without_ballast(html)
    return "" if is_too_large(light) else _cleaner.clean(light)


def with_pictures_in_place(html: str, content_id: Callable[[str], str]) -> str:
    """`html`, cleaned but for the marks of `text_of`, with each picture that names its part by a place (RFC 2557)
    naming it by its Content-ID. `content_id`: of the picture at an address, empty for none that came along."""

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src" and (found := content_id(value.strip())):
            return f"cid:{quote(found, safe='')}"
        return _keep(tag, attribute, value)

    if is_too_large(html):
        return html
    return nh3.Cleaner(**{**_RULES, "attribute_filter": keep}).clean(_BLOCKQUOTE.sub(_indent_or_quotation, html))


def without_ballast(html: str) -> str:
    """`html` without what a reader never gets to see and a parser stumbles over."""
    return _REOPENED.sub(r"<\1>", _DATA.sub("", html))


def is_too_large(*htmls: str) -> bool:
    """Whether they are too large together, without their ballast, to be read as HTML."""
    return sum(map(len, htmls)) > MAX_LENGTH or sum(html.count("<") for html in htmls) > MAX_TAGS


def with_inline_images(html: str, urls: Mapping[str, str]) -> str:
    """Cleaned `html` with each `cid:` source (RFC 2392) replaced by our own address of that attachment (`urls` by
    Content-ID)."""

    def replace(match: re.Match[str]) -> str:
        wanted = unescape(match.group(2)).strip()
        url = urls.get(wanted) or urls.get(unquote(wanted), "")
        return match.group(1) + url.replace("&", "&amp;").replace('"', "&quot;") + match.group(3)

    return _CID_SOURCE.sub(replace, html)


def text_of(html: str) -> str:
    """What a reader sees of `html`, as plain text: paragraphs, lists, quotes with "> ", links with their target."""
    light = without_ballast(html)
    if is_too_large(light):
        return words_of(light)
    reader = _Reader()
    reader.feed(_cleaner.clean(_BLOCKQUOTE.sub(_indent_or_quotation, light)))
    reader.close()
    return reader.text()


def _indent_or_quotation(tag: re.Match[str]) -> str:
    """Gmail's "indent more" is a blockquote of the writer's own words, told from a quotation only by its style."""
    return '<blockquote type="indent">' if "border:none" in tag[0].lower().replace(" ", "") else tag[0]


_UNREAD = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|title|svg)\b.*?(?:</\1[^>]*>?|\Z)", re.I | re.S)
_LINE_END = re.compile(r"<(?:br|/?p|/?div|/?h[1-6]|/tr|/li|/?table|/?blockquote|/pre)\b[^<>]*>?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!][^<>]*>?", re.IGNORECASE)


def words_of(html: str) -> str:
    """Only the words of `html`, line by line: for HTML too large to be laid out, in time that grows with its length
    alone."""
    bare = unescape(_TAG.sub(" ", _LINE_END.sub("\n", re.sub(r"\s+", " ", _UNREAD.sub(" ", html)))))
    lines = (" ".join(line.split()) for line in bare.split("\n"))
    return "\n".join(line for line in lines if line)


# fmt: off
_BLOCKS = {
    "address", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "tr", "ul",
}
# fmt: on
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table"}


def _picture(attributes: dict[str, str]) -> str:
    """What stands for a picture: of one that came along its Content-ID, as Outlook writes it, and the page puts it
    there; of others what they say instead."""
    source = attributes.get("src", "")
    if source.lower().startswith("cid:") and not re.search(r"[\s\[\]]", source):
        return f"[cid:{unquote(source[4:])}]"
    alt = re.sub(r"\s+", " ", attributes.get("alt", "")).strip()
    return f"[{alt}]" if alt else ""


class _Reader(HTMLParser):
    """Reads what `clean` wrote: well-formed, so that no tag surprises the parser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
        self.blockquotes: list[bool] = []  # whether each that is open quotes
        self.preformatted = 0
        self.lists: list[int | None] = []
        self.link = ""
        self.link_start = (0, 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._break(blank=tag in _SPACED and not (tag in {"ul", "ol"} and self.lists))
        if tag == "br":
            self._end_line()
        elif tag == "hr":
            self.line = "-" * 20
            self._end_line()
        elif tag == "blockquote":
            self.blockquotes.append(attributes.get("type") != "indent")
            self.quotes += self.blockquotes[-1]  # shown up to MAX_QUOTES: with every level every line grows
        elif tag == "pre":
            self.preformatted += 1
        elif tag in {"ul", "ol"}:
            start = attributes.get("start", "1")
            self.lists.append((int(start) if start.isdecimal() and len(start) < 9 else 1) if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag in {"td", "th"}:
            if self.line.strip():
                self.line = self.line.rstrip(" ") + "\t"
        elif tag == "a":
            self.link = attributes.get("href", "")
            self.link_start = (len(self.lines), len(self.line))
        elif tag == "img":
            self.line += _picture(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        if tag in _BLOCKS:
            self._break(blank=False)
        if tag == "blockquote" and self.blockquotes:
            self.quotes -= self.blockquotes.pop()
        elif tag == "pre":
            self.preformatted = max(0, self.preformatted - 1)
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        if tag in _SPACED and not self.lists:
            self._blank()

    def handle_data(self, data: str) -> None:
        if self.preformatted:
            first, *rest = data.split("\n")
            self.line += first
            for line in rest:
                self._end_line()
                self.line = line
            return
        data = re.sub(r"[ \t\r\n\f]+", " ", data).replace("\xa0", " ")
        if not self.line or self.line.endswith((" ", "\t")):
            data = data.removeprefix(" ")
        self.line += data
        if len(self.line) > MAX_LINE:
            self._end_line()  # each piece that is added copies the line

    def _item(self) -> None:
        indent = "  " * max(0, min(len(self.lists), MAX_QUOTES) - 1)
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        self.line = f"{indent}{f'{number}.' if number is not None else '*'} "

    def _end_link(self) -> None:
        line, column = self.link_start
        shown = self.line[column:] if line == len(self.lines) else ""
        target = self.link.removeprefix("mailto:").removeprefix("tel:")
        bare = re.sub(r"^https?://(?:www\.)?|/$", "", target)
        if self.link and shown.strip() and bare and bare not in shown:
            self.line += f" ({target})"
        self.link = ""

    def _end_line(self) -> None:
        line = self.line if self.preformatted else self.line.rstrip()
        quotes = min(self.quotes, MAX_QUOTES)
        self.lines.append("> " * quotes + line if line else ">" * quotes)
        self.line = ""

    def _break(self, *, blank: bool) -> None:
        if self.line.strip():
            self._end_line()
        self.line = ""
        if blank:
            self._blank()

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * min(self.quotes, MAX_QUOTES))

    def text(self) -> str:
        self._break(blank=False)
        while self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self.lines)).strip("\n")
