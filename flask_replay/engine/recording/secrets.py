"""Values that a template reads under sensitive names, and values derived from them.

A secret counts as opaque, like an object of the app, and so does the result of any operation on it.
In the trace each is an object that answers for itself, and no answer reveals the secret. Objects
are known by identity, so the template gets a copy of a secret text: the app's text may be the same
object as another text in the page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2 import Environment
from jinja2.utils import missing
from markupsafe import Markup

from ...sanitize.catalogues import Container
from ...sanitize.harmless_values import is_harmless
from ...sanitize.names import measures, sensitive
from ...sanitize.records_of_people import is_of_person
from ...sanitize.secrets_in_data import TABLE
from ...trace.cells import is_plain
from ...trace.type_sets import TypeSet, definer_of, full_name_of
from ..operations import LIVE
from .failures import Bookkeeping

TEXTS = TypeSet({str, Markup, bytes})
_NUMBERS = TypeSet({int, float})
LEAVES = TEXTS | _NUMBERS
_BOUND = TypeSet({MethodType, BuiltinMethodType})
_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
_ITEMS = TypeSet({type({}.items())})
_EXACT_CONTAINERS = TypeSet(_CONTAINERS)
_FEW = 256
"""A number up to this limit is never secret, because Python has only one object for it."""


class Secret:
    """A value that was read under a sensitive name, or derived from such a value.

    :ivar value: the value that the template has.
    :ivar name: the sensitive name.
    :ivar owner: name of the type of the object from which it was read.
    :ivar revealing: it is a text, a number or a container, so values derived from it reveal it. For
        an object of the app, such as a form field, the name is about the object's value.
    :ivar read: it is a whole secret, not a derived value.
    :ivar distinct: its text contains the secret's letters, and wherever the text occurs, it is the
        secret.
    """

    __slots__ = ("distinct", "name", "owner", "read", "revealing", "value")

    def __init__(
        self, value: Any, name: str, owner: str, *, revealing: bool, distinct: bool, read: bool
    ) -> None:
        self.value = value
        self.name = name
        self.owner = owner
        self.revealing = revealing
        self.distinct = distinct
        self.read = read


class Secrets(Bookkeeping):
    """A runtime that knows which values are secret.

    :param base: the app's environment.
    :ivar own: containers that the template created, by identity.
    :ivar secret: the secrets, by identity.
    :ivar letters: there are secrets of a single letter, which ``secret`` does not contain.
    """

    def __init__(self, base: Environment) -> None:
        super().__init__(base)
        self.own: dict[int, Any] = {}
        self.secret: dict[int, Secret] = {}
        self.letters = False
        self._pairs: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._containers: dict[int, Container] = {}
        self._copies: dict[tuple[type, Any], Any] = {}

    def hide(
        self, value: Any, name: str, owner: str = "", *, distinct: bool = True, read: bool = True
    ) -> Any:
        """Treat a value as a secret, if its type allows it.

        :param name: the sensitive name.
        :returns: the value to continue with.
        """
        try:
            kind = type(value)
            if read and kind in LEAVES and is_harmless(name, value):
                return value
            if kind in TEXTS:
                if len(value) < 2:  # Python has only one object for each
                    self.letters = True
                    return value
                value = self._copies.setdefault((kind, value), _copy(value))
                revealing = True
            elif kind in _NUMBERS:
                if abs(value) <= _FEW or measures(name):
                    return value
                revealing = True
            elif value is missing or kind in LIVE or is_plain(value):
                return value
            else:
                revealing = issubclass(kind, _CONTAINERS) or _is_view(kind)
            if id(value) not in self.secret:
                self.secret[id(value)] = Secret(
                    value, name, owner, revealing=revealing, distinct=distinct, read=read
                )
        except Exception as error:
            self.failed(error)
        return value

    def hide_results(self, function: Any, name: str) -> None:
        """Treat the texts that a function of the app returns as secrets.

        :param name: the sensitive name that it reads.
        """
        self.secret.setdefault(
            id(function), Secret(function, name, "", revealing=True, distinct=True, read=True)
        )

    def is_text_of(self, subject: Any, name: str, value: Any) -> bool:
        """Whether a value that was read from a dictionary is a text for people, such as a
        translation.
        """
        if type(subject) is not dict or type(value) is not str:
            return False
        container = self._containers.get(id(subject))
        if container is None:
            container = self._containers[id(subject)] = Container(subject)
        return container.keeps(name, value)

    def paired(self, dictionary: Any, pairs: Any) -> Any:
        """Return what a filter such as ``items`` made of a dictionary, and remember that."""
        try:
            if issubclass(type(dictionary), dict) and (named := _named(dict.items(dictionary))):
                self._pairs[id(pairs)] = pairs, named
        except Exception as error:
            self.failed(error)
        return pairs

    def pairs_of(self, value: Any) -> Iterator[Any] | None:
        """Return the items of a dictionary as pairs, with the secrets among the values marked;
        ``None`` if the value is something else, or not the record of a person.
        """
        if id(type(value)) not in _ITEMS.identities and not self._pairs:
            return None
        try:
            known = self._pairs.get(id(value))
            named = _named(value) if known is None else known[1]
        except Exception as error:
            self.failed(error)
            return None
        return self._hidden(value, named) if named else None

    def hidden_values(self, named: dict[str, Any]) -> dict[str, Any]:
        """Return named values, with the secrets among them marked."""
        known = _named(named.items())
        return dict(self._hidden(named.items(), known)) if known else named

    def _hidden(self, pairs: Iterable[Any], named: dict[str, Any]) -> Iterator[Any]:
        for pair in pairs:
            yield self._hide_value(pair, named)

    def _hide_value(self, pair: tuple[Any, Any], named: dict[str, Any]) -> tuple[Any, Any]:
        try:
            name, value = pair
            if type(name) is str and sensitive(name) and not self.is_text_of(named, name, value):
                return name, self.hide(value, name)
        except Exception as error:
            self.failed(error)
        return pair

    def source(self, operands: Iterable[Any]) -> Secret | None:
        """Return the first secret among the operands, or in their containers, that derived values
        would reveal.
        """
        try:
            for operand in operands:
                found = self.secret.get(id(operand))
                if found is not None and found.revealing:
                    return found
                if type(operand) in _EXACT_CONTAINERS and id(operand) in self.own:
                    items = operand.values() if type(operand) is dict else operand
                    found = self.source(tuple(items))
                    if found is not None:
                        return found
        except Exception as error:
            self.failed(error)
        return None

    def derived(self, answer: Any, source: Secret, *, app: bool = False) -> Any:
        """Treat a value derived from a secret as a secret, except counts, truth values and objects
        of the app.

        :param app: a function of the app returned it.
        :returns: the value to continue with.
        """
        try:
            kind = type(answer)
            if kind in TEXTS:
                if app and kind is not bytes and "<" in answer:
                    return answer  # the secrets in a piece of HTML are masked one by one
            elif kind in _NUMBERS:
                if type(source.value) in TEXTS and str(answer) not in str(source.value):
                    return answer
            elif app:
                return answer
            return self.hide(answer, source.name, distinct=not app, read=False)
        except Exception as error:
            self.failed(error)
            return answer

    def called(self, callee: Any, operands: tuple[Any, ...], answer: Any) -> Any:
        """Treat the result of a call as a secret if the callee or an argument is a secret.

        :returns: the value to continue with.
        """
        try:
            found = self.secret.get(id(callee))
            if found is not None:
                hidden = type(answer) in TEXTS and "<" not in str(answer)
                return self.hide(answer, found.name) if hidden or found.revealing else answer
            if type(callee) in _BOUND:
                found = self.secret.get(id(callee.__self__))
                if found is not None and found.revealing:
                    return self.derived(answer, found)
            found = self.source(operands)
            return answer if found is None else self.derived(answer, found, app=True)
        except Exception as error:
            self.failed(error)
            return answer


def _named(items: Any) -> dict[str, Any]:
    """Return the items of a dictionary if it is the record of a person with secrets."""
    if type(items) not in _ITEMS or len(items) > TABLE:
        return {}
    named = {name: value for name, value in items if type(name) is str}
    return named if any(map(sensitive, named)) and is_of_person(named) else {}


def _is_view(kind: type) -> bool:
    """Whether a type is one of Python's views or iterators, which contain items of a container."""
    return full_name_of(kind)[0] == "builtins" and definer_of(kind, "__iter__") is not None


def _copy(text: Any) -> Any:
    kind = type(text)
    if kind is bytes:
        return bytes(bytearray(text))
    copy = (str.__str__(text) + " ")[:-1]
    return copy if kind is str else str.__new__(kind, copy)
