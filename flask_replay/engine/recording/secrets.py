"""What a template reads under sensitive names, and what it makes of that.

A secret counts as opaque, like an object of the app's, and so does what any operation makes of it.
In the trace each is an object that answers for itself, and nothing it answers tells of the secret.
An object is known by its identity, so the template gets a copy of a secret text: a text of the
app's may be the very one that stands elsewhere in the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2 import Environment
from jinja2.utils import missing
from markupsafe import Markup

from ...sanitize.names import is_other, measures
from ...trace.cells import is_plain
from ..operations import LIVE
from ..runtime import Runtime

TEXTS = frozenset({str, Markup, bytes})
_NUMBERS = frozenset({int, float})
LEAVES = TEXTS | _NUMBERS
_BOUND = frozenset({MethodType, BuiltinMethodType})
_CONTAINERS = (list, tuple, dict, set, frozenset)
_FEW = 256
"""A number that is no larger is nobody's secret; Python has only one of each."""


class Secret:
    """Something that was read under a sensitive name, or came of it.

    :ivar value: as the template has it.
    :ivar name: the sensitive name.
    :ivar owner: name of the type of the object it was read from.
    :ivar telling: it is a text, a number or a container: what is made of it tells of it. Not so an
        object of the app's, a form's field, for one: there the name is about its value.
    :ivar read: it is a whole secret, not what came of one.
    :ivar distinct: its text has the secret's letters in it, and wherever they stand it is the
        secret.
    """

    __slots__ = ("distinct", "name", "owner", "read", "telling", "value")

    def __init__(
        self, value: Any, name: str, owner: str, *, telling: bool, distinct: bool, read: bool
    ) -> None:
        self.value = value
        self.name = name
        self.owner = owner
        self.telling = telling
        self.distinct = distinct
        self.read = read


class Secrets(Runtime):
    """A runtime that knows which values are secret.

    :param base: the app's environment.
    :ivar own: containers that the template made, by identity.
    :ivar secret: what is secret, by identity.
    :ivar letters: there are secrets of a single letter, which are not among them.
    """

    def __init__(self, base: Environment) -> None:
        super().__init__(base)
        self.own: dict[int, Any] = {}
        self.secret: dict[int, Secret] = {}
        self.letters = False
        self._copies: dict[tuple[type, Any], Any] = {}

    def hide(
        self, value: Any, name: str, owner: str = "", *, distinct: bool = True, read: bool = True
    ) -> Any:
        """Take a value for a secret, if it is one that can be.

        :param name: the sensitive name.
        :returns: the value to go on with.
        """
        kind = type(value)
        if read and kind in LEAVES and is_other(name, value):
            return value
        if kind in TEXTS:
            if len(value) < 2:  # Python has only one of each
                self.letters = True
                return value
            value = self._copies.setdefault((kind, value), _copy(value))
            telling = True
        elif kind in _NUMBERS:
            if abs(value) <= _FEW or measures(name):
                return value
            telling = True
        elif value is missing or kind in LIVE or is_plain(value):
            return value
        else:
            telling = issubclass(kind, _CONTAINERS) or _is_made_of(kind)
        if id(value) not in self.secret:
            self.secret[id(value)] = Secret(
                value, name, owner, telling=telling, distinct=distinct, read=read
            )
        return value

    def source(self, operands: Iterable[Any]) -> Secret | None:
        """Return the first operand that is, or holds, a secret that tells."""
        for operand in operands:
            found = self.secret.get(id(operand))
            if found is not None and found.telling:
                return found
            if type(operand) in _CONTAINERS and id(operand) in self.own:
                items = operand.values() if type(operand) is dict else operand
                found = self.source(tuple(items))
                if found is not None:
                    return found
        return None

    def derived(self, answer: Any, source: Secret, *, app: bool = False) -> Any:
        """Take what came of a secret for one; counts, truths and objects of the app's are none.

        :param app: a function of the app's gave it.
        :returns: the answer to go on with.
        """
        kind = type(answer)
        if kind in TEXTS:
            if app and kind is not bytes and "<" in answer:
                return answer  # the secrets in a piece of a page are looked for one by one
        elif kind in _NUMBERS:
            if type(source.value) in TEXTS and str(answer) not in str(source.value):
                return answer
        elif app:
            return answer
        return self.hide(answer, source.name, distinct=not app, read=False)

    def called(self, callee: Any, operands: tuple[Any, ...], answer: Any) -> Any:
        """Take what a call gave for a secret, if the callee or an argument is one.

        :returns: the answer to go on with.
        """
        found = self.secret.get(id(callee))
        if found is not None:
            return (
                answer
                if type(answer) not in TEXTS or "<" in str(answer)
                else self.hide(answer, found.name)
            )
        if type(callee) in _BOUND:
            found = self.secret.get(id(callee.__self__))
            if found is not None and found.telling:
                return self.derived(answer, found)
        found = self.source(operands)
        return answer if found is None else self.derived(answer, found, app=True)


def _is_made_of(kind: type) -> bool:
    """Whether it is a view or an iterator of Python's own: what a container gives of itself."""
    return kind.__module__ == "builtins" and hasattr(kind, "__iter__")


def _copy(text: Any) -> Any:
    kind = type(text)
    if kind is bytes:
        return bytes(bytearray(text))
    copy = (str.__str__(text) + " ")[:-1]
    return copy if kind is str else str.__new__(kind, copy)
