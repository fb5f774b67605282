"""Record what a template reads: names, attributes and items."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from jinja2 import Environment, Undefined
from jinja2.runtime import Context
from jinja2.utils import missing

from ...trace.cells import PLAIN
from .. import operations as op
from .. import syntax
from ..objects import JINJA_TYPES
from ..operations import LIVE
from .entries import AGAIN, FREE
from .log import BOUND_METHODS, TAKEN_APART, Log
from .sources import Unrecordable

_ABSENT = object()
"""The attribute that an object does not have."""


class RecordedReads(Log):
    """The part of a tracer that reads.

    It also notes reads of plain values, which a replay looks up like all others.

    :ivar getattr: reads an attribute.
    :ivar getattr_pair: reads an attribute of an attribute.
    :ivar getattr_loop: reads an attribute of ``loop``, which is not noted.
    """

    getattr: Callable[[Any, str], Any]
    getattr_pair: Callable[[Any, str, str, str], Any]
    getattr_loop: Callable[..., Any]

    def bind_reads(self) -> None:
        """Choose how to read, by the app's environment. Where it reads like Jinja, ``core`` has the
        other helpers.
        """
        self.getattr_loop = getattr
        if not self.reads_usually:
            self.getattr, self.getattr_pair = self._getattr_of_app, self._getattr_twice
            self.getattr_loop = self.base.getattr
        self.environment.undefined = self.undefined

    def python_reads(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Return the helpers that run for every expression, the hottest code of a render: those
        that read an attribute, and an attribute of an attribute.
        """
        base, own, secret, filled = self.base, self.own, self.secret, self.filled
        extend, undefined = self.log.extend, base.undefined
        jinja_types, apart = JINJA_TYPES.identities, TAKEN_APART.identities

        def getattr_(value: Any, name: str) -> Any:
            try:  # like Environment.getattr with one call less
                answer = getattr(value, name)
            except AttributeError:
                answer = _ABSENT
            if answer is _ABSENT:  # outside, so that an exception has no other as its context
                answer = getattr_item(value, name)
            if own and id(value) in own:
                return (
                    self._of_filled(value, name, answer)
                    if filled and id(value) in filled
                    else answer
                )
            if id(type(value)) in jinja_types:
                return answer
            extend((value, name, answer))
            return answer

        def getattr_item(value: Any, name: str) -> Any:
            try:
                return value[name]
            except (TypeError, LookupError, AttributeError):
                return undefined(obj=value, name=name)

        def getattr_pair(value: Any, first: str, second: str, word: str) -> Any:
            if id(type(value)) in apart or secret or id(value) in own:
                return self._getattr_twice(value, first, second, word)
            try:
                inner = getattr(value, first)
            except AttributeError:
                inner = _ABSENT
            if inner is _ABSENT:
                inner = getattr_item(value, first)
            if id(type(inner)) in apart or id(inner) in own:
                extend((FREE, word, AGAIN))
                extend((value, first, inner))
                return self.getattr(inner, second)
            try:
                answer = getattr(inner, second)
            except AttributeError:
                answer = _ABSENT
            if answer is _ABSENT:
                answer = getattr_item(inner, second)
            extend((inner, word, answer))
            return answer

        return getattr_, getattr_pair

    def resolver(self, context: Any) -> Callable[[str], Any]:
        """Return a function that looks up names in a context."""
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

    def extension(self, identifier: str, name: str) -> Any:
        """Return the attribute of an extension that its tag uses."""
        value = look_up(self.base, identifier, name)
        self.note(op.EXTENSION, (FREE,), value)
        return value

    def undefined(self, *arguments: Any, **keywords: Any) -> Undefined:
        """Return an undefined value. If its type belongs to the app, it is an object like
        others.
        """
        value = self.base.undefined(*arguments, **keywords)
        if self.base.undefined not in LIVE:
            self.note(op.UNDEFINED, (FREE,), value)
        return value

    def block_of(self, found: Any) -> Any:
        """Return ``super``, which is undefined if there is no block to override."""
        if type(found) is self.base.undefined and self.base.undefined not in LIVE:
            self.note(op.UNDEFINED, (FREE,), found)
        return super().block_of(found)

    # Attributes and items

    def _getattr_twice(self, value: Any, first: str, second: str, word: str) -> Any:
        if not self.answers_itself(value):
            self.note_repeated(word)
        return self.getattr(self.getattr(value, first), second)

    def _getattr_of_app(self, value: Any, name: str) -> Any:
        answer = self.base.getattr(value, name)
        if type(value) not in JINJA_TYPES and id(value) not in self.own:
            self.log.extend((value, name, answer))
        elif self.own_reads:
            usual = self._as_jinja(Environment.getattr, value, name)
            self._own_answer(op.READ_ATTRIBUTE, _is_other(answer, usual), answer)
        elif self.base.undefined not in LIVE:
            self._own_answer(op.READ_ATTRIBUTE, issubclass(type(answer), Undefined), answer)
        elif id(value) in self.filled:
            self._of_filled(value, name, answer)
        return answer

    def _of_filled(self, value: Any, name: str, answer: Any) -> Any:
        """Note a value that an object of the app set in the template's namespace, because a replay
        does not run that object.
        """
        given = self.filled[id(value)].get(name, missing)
        self._own_answer(op.READ_ATTRIBUTE, given is not missing and given is answer, answer)
        return answer

    def _as_jinja(self, read: Callable[..., Any], value: Any, name: Any) -> Any:
        """Read an attribute or item as Jinja would, of a value that the template created. That runs
        no code of the app.
        """
        mark, lent = len(self.log), len(self.lent)
        answer = read(self.base, value, name)
        self.drop(mark, lent)
        return answer

    def _own_answer(self, word: str, needed: bool, answer: Any) -> None:
        """Note an answer of one of the template's own values if a replay needs it.

        Undefined values that the value itself made, such as the next item of the last step of a
        loop, are noted already.
        """
        if needed and not self.is_noted(answer):
            self.note(word, (FREE,), answer)
        else:
            self.note_repeated(word)

    def getattr_private(self, value: Any, name: str) -> Any:
        """Read an attribute with a private name."""
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
            decided_by_app = type(key) not in LIVE and (opaque(key) or opaque(value))
            decided_by_app = decided_by_app or (
                type(value) is dict and any(map(opaque, tuple(value)))
            )
            if decided_by_app and (place := self.place_of(value, answer)) is not None:
                self.log.extend((FREE, op.ITEM, place))
            elif decided_by_app or self.own_reads or self.base.undefined not in LIVE:
                usual = (
                    self._as_jinja(Environment.getitem, value, key) if self.own_reads else answer
                )
                other = _is_other(answer, usual) or issubclass(type(answer), Undefined)
                self._own_answer(op.ITEM, decided_by_app or other, answer)
        else:
            question: Any = op.ITEM
            if type(key) is str:
                question, self.keyed = (op.ITEM, key), True
            self.log.extend((value, question, self.reached(answer) if self.led else answer))
            if type(key) not in op.SILENT:
                self.lend((key,))  # the app has the key now, and may return it
        return answer

    def slice(self, value: Any, *bounds: Any) -> Any:
        """Slice a value."""
        result = value[slice(*bounds)]
        if self.opaque(value) or any(map(self.opaque, bounds)):
            return self.note(op.SLICE, (value, *bounds), result)
        if type(result) not in LIVE:
            self.made(result)
        return result


def _is_other(answer: Any, usual: Any) -> bool:
    """Whether an app's environment returned something other than Jinja's would."""
    if answer is usual:
        return False
    if type(answer) is not type(usual):
        return True
    if type(answer) in BOUND_METHODS:
        return answer.__self__ is not usual.__self__ or answer.__name__ != usual.__name__
    if issubclass(type(answer), Undefined):
        return type(answer) not in LIVE
    return type(answer) not in PLAIN or bool(answer != usual)


def look_up(base: Environment, identifier: str, name: str) -> Any:
    """Return the value of an ``ExtensionAttribute`` node.

    :raises Unrecordable: it is not found here. Jinja's own code runs instead, which may find it.
    """
    try:
        if identifier == syntax.IMPORTED:
            module, _, attribute = name.rpartition(".")
            return (
                getattr(__import__(module, fromlist=[attribute]), attribute)
                if module
                else __import__(name)
            )
        owner = base if identifier == syntax.ENVIRONMENT else base.extensions[identifier]
        return attrgetter(name)(owner)
    except Exception as error:
        raise Unrecordable(f"{name} of {identifier} is not found: {error}") from error
