"""`{% url %}`, `{% translate %}` and `{% blocktranslate %}` as Django has them: what they repeat is found once.

A page has forty of the first and a hundred of the second. They depend on nothing but their arguments and the language.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template import defaulttags
from django.template.base import FilterExpression, Parser, Token, render_value_in_context
from django.templatetags import i18n
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, gettext, pgettext

register = template.Library()


class UrlNode(defaulttags.URLNode):
    def render(self, context: template.Context) -> str:
        if not self.kwargs and self.asvar is None and context.autoescape:
            name: Any = self.view_name.resolve(context)
            arguments = tuple(each.resolve(context) for each in self.args)
            # Addresses inside a namespace may depend on the page they stand on.
            if ":" not in name and all(type(each) in (int, str) for each in arguments):
                return _address(name, arguments)
        return super().render(context)


@lru_cache(maxsize=4096)
def _address(name: str, arguments: tuple[int | str, ...]) -> str:
    return escape(reverse(name, args=arguments))


@register.tag
def url(parser: Parser, token: Token) -> UrlNode:
    node = defaulttags.url(parser, token)
    return UrlNode(node.view_name, node.args, node.kwargs, node.asvar)


class TranslateNode(i18n.TranslateNode):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        parts = (self.filter_expression, self.message_context)
        self._is_constant = self.asvar is None and all(part is None or _is_constant(part) for part in parts)
        self._known: dict[str | None, str] = {}

    def render(self, context: template.Context) -> str:
        if not self._is_constant or not context.autoescape:
            return super().render(context)
        language = get_language()
        known = self._known.get(language)
        if known is None:
            known = self._known[language] = super().render(context)
        return known


def _is_constant(expression: FilterExpression) -> bool:
    """Words in the template itself, not what a variable says."""
    return not expression.filters and getattr(expression.var, "lookups", None) is None


def translate(parser: Parser, token: Token) -> TranslateNode:
    node = i18n.do_translate(parser, token)
    return TranslateNode(node.filter_expression, node.noop, node.asvar, node.message_context)


register.tag("translate", translate)
register.tag("trans", translate)


class BlockTranslateNode(i18n.BlockTranslateNode):
    """The sentence is put together and looked up once for each language; the values in it are of each page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_one_form = not self.plural and self.asvar is None
        self._is_simple = has_one_form and (self.message_context is None or _is_constant(self.message_context))
        self._known: dict[str | None, tuple[str, list[str]]] = {}

    def render(self, context: template.Context, nested: bool = False) -> str:
        if nested or not self._is_simple:
            return super().render(context, nested)
        language = get_language()
        known = self._known.get(language)
        if known is None:
            known = self._known[language] = self._sentence(context)
        sentence, names = known
        own = {name: value.resolve(context) for name, value in self.extra_context.items()}
        if not all(name in own or name in context for name in names):
            return super().render(context)
        said = {name: render_value_in_context(own[name] if name in own else context[name], context) for name in names}
        try:
            return sentence % said
        except (KeyError, ValueError):
            return super().render(context)

    def _sentence(self, context: template.Context) -> tuple[str, list[str]]:
        words, names = self.render_token_list(self.singular)
        if self.message_context is None:
            return gettext(words), names
        return pgettext(self.message_context.resolve(context), words), names


def block_translate(parser: Parser, token: Token) -> BlockTranslateNode:
    """What Django's has been given, and nothing else, stands in it by the names of its arguments."""
    return BlockTranslateNode(**vars(i18n.do_block_translate(parser, token)))


register.tag("blocktranslate", block_translate)
register.tag("blocktrans", block_translate)
