"""Record what a template reads: names, attributes and items, and the truth and the text of
values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, Undefined
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup, escape

from ...trace.cells import PLAIN
from .. import operations as op
from ..objects import JINJA_TYPES, RuntimeMacro
from ..operations import LIVE
from .log import AGAIN, BOUND_METHODS, FREE, TAKEN_APART, Log

SIMPLE = frozenset({str, int, float})
"""Types whose text is never more than it seems; all but a ``str`` have nothing to escape."""


class Reads(Log):
    """The part of a tracer that reads. It notes reads of plain values too, which a replay asks for
    like any other.

    :ivar getattr: reads an attribute.
    :ivar getattr_pair: reads an attribute of an attribute.
    :ivar getattr_loop: reads an attribute of ``loop``, which is not noted.
    :ivar escape: escapes a value to be printed. What it gives is joined with the rest and nothing
        else, so a plain text will do.
    """

    getattr: Callable[[Any, str], Any]
    getattr_pair: Callable[[Any, str, str, str], Any]
    getattr_loop: Callable[..., Any]
    escape: Callable[[Any], Any]

    def bind_reads(self) -> None:
        """Make the helpers that run for every expression of a template: the busiest lines of a
        recorded render.
        """
        base, own, opaque, secret, filled = (
            self.base,
            self.own,
            self.opaque,
            self.secret,
            self.filled,
        )
        extend, undefined = self.log.extend, base.undefined

        def getattr_(value: Any, name: str) -> Any:
            try:  # what Environment.getattr does, one call less
                answer = getattr(value, name)
            except AttributeError:
                answer = getattr_item(value, name)
            if own and id(value) in own:
                return (
                    self._of_filled(value, name, answer)
                    if filled and id(value) in filled
                    else answer
                )
            if type(value) in JINJA_TYPES:
                return (
                    self.made(answer)
                    if name == "arguments" and type(value) is RuntimeMacro
                    else answer
                )
            extend((value, name, answer))
            return answer

        def getattr_item(value: Any, name: str) -> Any:
            try:
                return value[name]
            except (TypeError, LookupError, AttributeError):
                return undefined(obj=value, name=name)

        def getattr_pair(value: Any, first: str, second: str, word: str) -> Any:
            if type(value) in TAKEN_APART or secret or id(value) in own:
                return self._getattr_twice(value, first, second, word)
            try:
                inner = getattr(value, first)
            except AttributeError:
                inner = getattr_item(value, first)
            if type(inner) in TAKEN_APART or id(inner) in own:
                extend((FREE, word, AGAIN))
                extend((value, first, inner))
                return self.getattr(inner, second)
            try:
                answer = getattr(inner, second)
            except AttributeError:
                answer = getattr_item(inner, second)
            extend((inner, word, answer))
            return answer

        def escape_(value: Any) -> Any:
            kind = type(value)
            if kind is Markup:
                return value
            if kind is str:
                return self.escape_text(value)
            if kind in SIMPLE:
                return str(value)
            answer = escape(value)
            if kind in LIVE or not opaque(value):
                return answer if kind in PLAIN else self.telling(op.ESCAPE, (value,), answer)
            return self._text(op.ESCAPE, value, answer)

        self.escape = escape_
        if type(base).getattr is Environment.getattr and undefined in LIVE:
            self.getattr, self.getattr_pair, self.getattr_loop = getattr_, getattr_pair, getattr
        else:
            self.getattr, self.getattr_pair, self.getattr_loop = (
                self._getattr_of_app,
                self._getattr_twice,
                base.getattr,
            )

    def resolver(self, context: Any) -> Callable[[str], Any]:
        """Return what looks up the names of a context."""
        variables, given, extend = context.vars, context.given, self.log.extend
        if given or self.base.context_class.resolve_or_missing is not Context.resolve_or_missing:
            resolve = context.resolve_or_missing

            def lookup(name: str) -> Any:
                value = resolve(name)
                if name not in variables and name not in given:
                    extend((FREE, name, value))
                return value

            return lookup
        inputs, names = context.parent, context.names

        def lookup_input(name: str) -> Any:
            if name in variables:
                return variables[name]
            value = inputs.get(name, missing)
            if name not in names:
                names[name] = value
                extend((names, name, value))
            return value

        return lookup_input

    # Attributes and items

    def _getattr_twice(self, value: Any, first: str, second: str, word: str) -> Any:
        if not self.answers_itself(value):
            self.leave(word)
        return self.getattr(self.getattr(value, first), second)

    def _getattr_of_app(self, value: Any, name: str) -> Any:
        answer = self.base.getattr(value, name)
        if type(value) not in JINJA_TYPES and id(value) not in self.own:
            self.log.extend((value, name, answer))
        elif self.own_reads:
            usual = Environment.getattr(self.base, value, name)  # asks nobody: the template made it
            self._own_answer(op.READ_ATTRIBUTE, _is_other(answer, usual), answer)
        elif self.base.undefined not in LIVE:
            self._own_answer(op.READ_ATTRIBUTE, isinstance(answer, Undefined), answer)
        elif id(value) in self.filled:
            self._of_filled(value, name, answer)
        return answer

    def _of_filled(self, value: Any, name: str, answer: Any) -> Any:
        """Note what a namespace of the template's was given by an object of the app's, which a
        replay cannot ask.
        """
        given = self.filled[id(value)].get(name, missing)
        self._own_answer(op.READ_ATTRIBUTE, given is not missing and given is answer, answer)
        return answer

    def _own_answer(self, word: str, needed: bool, answer: Any) -> None:
        if needed:
            self.note(word, (FREE,), answer)
        else:
            self.leave(word)

    def getattr_private(self, value: Any, name: str) -> Any:
        """Read an attribute whose name says that it is nobody's business."""
        answer = self.base.getattr(value, name)
        if type(value) in JINJA_TYPES or id(value) in self.own:
            self._own_answer(op.READ_ATTRIBUTE, True, answer)
        else:
            self.log.extend((value, name, answer))
        return answer

    def getitem(self, value: Any, key: Any) -> Any:
        """Read an item."""
        answer = self.base.getitem(value, key)
        secret, opaque = self.secret, self.opaque
        if secret and (id(value) in secret or id(key) in secret):
            return self.note(op.ITEM, (value, key), answer)
        if self.answers_itself(value):
            asked = type(key) not in LIVE and (opaque(key) or opaque(value))
            asked = asked or (type(value) is dict and any(map(opaque, tuple(value))))
            if asked and (place := self.place_of(value, answer)) is not None:
                self.log.extend((FREE, op.ITEM, place))
            elif asked or self.own_reads or self.base.undefined not in LIVE:
                other = (
                    self.own_reads
                    and not asked
                    and _is_other(answer, Environment.getitem(self.base, value, key))
                )
                self._own_answer(op.ITEM, asked or other or isinstance(answer, Undefined), answer)
        else:
            question: Any = op.ITEM
            if type(key) is str:
                question, self.keyed = (op.ITEM, key), True
            self.log.extend((value, question, answer))
            if type(key) not in LIVE:
                self.lend((key,))  # the app has it now, and may give it as its answer
        return answer

    # Values

    def truth(self, value: Any) -> Any:
        """Ask a value whether it is true, if only the app knows; who asked asks again."""
        kind = type(value)
        if (
            kind in LIVE
            or self.answers_itself(value)
            or (kind in BOUND_METHODS and not self.opaque(value))
        ):
            return value
        answer = bool(value)
        self.log.extend((value, op.TRUTH, answer))
        return answer

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        """Compare two values."""
        answer = op.COMPARE[sign](left, right)
        if type(left) in PLAIN and type(right) in PLAIN and not self.secret:
            return answer
        if self.opaque(left) or self.opaque(right):
            return self.note(sign, (left, right), answer)
        return answer

    def binary(self, sign: str, left: Any, right: Any) -> Any:
        """Do an arithmetic operation on two operands."""
        answer = op.BINARY[sign](left, right)
        if type(left) in PLAIN and type(right) in PLAIN and not self.secret:
            return answer
        if self.opaque(left) or self.opaque(right):
            return self.note(sign, (left, right), answer)
        if type(answer) not in LIVE:
            self.made(answer)
        return answer

    def text_of(self, value: Any) -> str:
        """Return the text of a value."""
        answer = str(value)
        if type(value) in LIVE or not self.opaque(value):
            return answer if type(value) in PLAIN else str(self.telling(op.TEXT, (value,), answer))
        text: str = self._text(op.TEXT, value, answer)
        return text

    def _text(self, word: str, value: Any, answer: str) -> Any:
        """Note the text of a value that only the app can answer for."""
        if id(value) in self.own:
            return self.note(word, (value,), answer)
        if self.secret and (found := self.secret.get(id(value))) is not None and found.telling:
            answer = self.derived(answer, found)
        self.log.extend((value, word, answer))
        return answer

    def Markup(self, value: Any) -> Any:
        """Take a value for markup."""
        answer = Markup(value)
        if (type(value) not in LIVE or self.secret) and self.opaque(value):
            return self.note(op.MARKUP, (value,), answer)
        return self.telling(op.MARKUP, (value,), answer)


def _is_other(answer: Any, usual: Any) -> bool:
    """Whether what an app's environment read is something else than what Jinja's own reads."""
    if answer is usual:
        return False
    if type(answer) is not type(usual):
        return True
    if type(answer) in BOUND_METHODS:
        return answer.__self__ is not usual.__self__ or answer.__name__ != usual.__name__
    if isinstance(answer, Undefined):
        return type(answer) not in LIVE
    return type(answer) not in PLAIN or bool(answer != usual)
