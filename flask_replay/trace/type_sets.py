"""Sets of types, and functions that inspect types, none of which run code of a metaclass.

A metaclass of the app may define how its types are compared and hashed, and how their attributes
are read. Such a type may not be hashable, may claim to be equal to ``str``, or may raise. So types
are compared only by identity, and their attributes are read with the descriptors of ``type``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar

V = TypeVar("V")


class TypeSet(frozenset[type]):
    """A set of types that compares them by identity.

    :ivar identities: the identities of the types; ``id(type(value)) in kinds.identities`` is the
        fastest check.
    """

    identities: frozenset[int]

    def __new__(cls, kinds: Iterable[type]) -> Self:
        """Return a set of types.

        :param kinds: types that live as long as the process.
        """
        made = super().__new__(cls, kinds)
        made.identities = frozenset(map(id, made))
        return made

    def __contains__(self, kind: object) -> bool:
        """Whether a type is in the set."""
        return id(kind) in self.identities

    def __or__(self, other: Iterable[Any]) -> TypeSet:  # type: ignore[override]
        return TypeSet([*self, *other])

    def __sub__(self, other: Iterable[Any]) -> TypeSet:
        return TypeSet(frozenset(self).difference(other))

    def have_all(self, values: Iterable[Any]) -> bool:
        """Whether the types of all values are in the set."""
        return self.identities.issuperset(map(id, map(type, values)))


class TypeMap(dict[type, V]):
    """A mapping of types that compares them by identity. It does not change."""

    def __init__(self, values: Mapping[type, V]) -> None:
        super().__init__(values)
        self._by_identity = {id(kind): value for kind, value in self.items()}

    def __contains__(self, kind: object) -> bool:
        return id(kind) in self._by_identity

    def __getitem__(self, kind: type) -> V:
        return self._by_identity[id(kind)]

    def find(self, kind: type) -> V | None:
        """Return the value of a type, ``None`` if the type is not in the mapping."""
        return self._by_identity.get(id(kind))


_NAME, _QUALIFIED, _MODULE, _ORDER, _DICTIONARY = (
    type.__dict__[name].__get__
    for name in ("__name__", "__qualname__", "__module__", "__mro__", "__dict__")
)

name_of_type: Callable[[type], str] = _NAME
"""Return the name of a type."""

bases_of: Callable[[type], tuple[type, ...]] = _ORDER
"""Return a type and its base classes, in the order in which attributes are looked up."""

dictionary_of: Callable[[type], Any] = _DICTIONARY
"""Return the attributes that a type itself defines."""


def full_name_of(kind: type) -> tuple[str, str]:
    """Return the module and the qualified name of a type, ``""`` for one that is not a text."""
    try:
        module = _MODULE(kind)
    except AttributeError:
        module = ""
    return module if type(module) is str else "", _QUALIFIED(kind)


def definer_of(kind: type, name: str) -> type | None:
    """Return the class from which objects of a type have an attribute, ``None`` if there is
    none.
    """
    return next((base for base in bases_of(kind) if name in dictionary_of(base)), None)
