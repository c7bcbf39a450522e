"""HTML of strangers: cleaned once, before it is stored, and turned into text where a mail brings no other."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

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
_CID_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")cid:([^"]*)(")', re.IGNORECASE)


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        # A picture from elsewhere tells its owner who opened the mail, where and when. Only its alt text is shown.
        return value if value.lower().startswith("cid:") else None
    if tag == "blockquote" and attribute == "cite":
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WHOLE,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    strip_comments=True,
)


def clean(html: str) -> str:
    """`html` with only harmless tags and attributes left. Pictures keep `cid:` sources, all others lose theirs."""
    return _cleaner.clean(html)


def with_inline_images(html: str, urls: Mapping[str, str]) -> str:
    """Cleaned `html` with each `cid:` source replaced by our own address of that attachment (`urls` by Content-ID)."""

    def replace(match: re.Match[str]) -> str:
        url = urls.get(match.group(2), "")
        return match.group(1) + url.replace("&", "&amp;").replace('"', "&quot;") + match.group(3)

    return _CID_SOURCE.sub(replace, html)


def text_of(html: str) -> str:
    """What a reader sees of `html`, as plain text: paragraphs, lists, quotes with "> ", links with their target."""
    reader = _Reader()
    reader.feed(clean(html))
    reader.close()
    return reader.text()


# fmt: off
_BLOCKS = {
    "address", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "tr", "ul",
}
# fmt: on
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table"}


class _Reader(HTMLParser):
    """Reads what `clean` wrote: well-formed, so that no tag surprises the parser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
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
            self.quotes += 1
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
            alt = re.sub(r"\s+", " ", attributes.get("alt", "")).strip()
            self.line += f"[{alt}]" if alt else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        if tag in _BLOCKS:
            self._break(blank=False)
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
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

    def _item(self) -> None:
        indent = "  " * max(0, len(self.lists) - 1)
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
        self.lines.append("> " * self.quotes + line if line else ">" * self.quotes)
        self.line = ""

    def _break(self, *, blank: bool) -> None:
        if self.line.strip():
            self._end_line()
        self.line = ""
        if blank:
            self._blank()

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self.quotes)

    def text(self) -> str:
        self._break(blank=False)
        while self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self.lines)).strip("\n")
