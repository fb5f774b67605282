"""Facets, by which lists of recordings are filtered: small facts of a batch that can be added up,
bounded in number and length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .numbers import Count

MOST_FACETS = 50
"""Values of one facet that are kept: the first ones in the recording."""

LONGEST_FACET = 120
"""Characters of a value that are kept."""


class Failure(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One kind of error, as it happened in a recording.

    :param fingerprint: a hash of the exception's type and the app's lines: the same in every
        recording.
    :param type: qualified name of the exception's class.
    :param place: where the app raised it, ``"shop/cart.py:42 in add"``; ``""`` if unknown.
    :param message: the message of the first one.
    :param offset_ms: when it happened first, in milliseconds since the recording started.
    :param count: how often it happened.
    """

    fingerprint: str
    type: str
    place: str = ""
    message: str = ""
    offset_ms: Count = 0
    count: Count = 1


class Facets(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The facets of one batch, or of a whole recording. In older recordings, later fields are
    empty.

    :param endpoints: the endpoints that answered.
    :param templates: names of all templates that were rendered, included or extended.
    :param methods: the methods of the requests.
    :param codes: status codes of the responses.
    :param kinds: tags of the events: ``"request"``, ``"error"``.
    :param failures: one for each kind of error.
    :param slowest_ms: duration of the slowest request, in milliseconds.
    :param device: ``"phone"``, ``"tablet"`` or ``"desktop"``.
    :param browser: name and version, ``"Firefox 128"``.
    :param system: name and version, ``"Windows 11"``.
    :param language: the language that the visitor prefers, ``"de-CH"``.
    :param referrer: the host of the page from which the visitor came.
    :param campaign: the campaign in the link that the visitor followed: ``"source=newsletter"`` for
        ``utm_source``.
    :param sealed: encrypted facets of batches. Code that has the key decrypts all of them before
        they are merged and bounded.
    """

    endpoints: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    slowest_ms: Count = 0
    device: str = ""
    browser: str = ""
    system: str = ""
    language: str = ""
    referrer: str = ""
    campaign: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()

    @property
    def named(self) -> dict[str, Any]:
        """Return the facets as data with field names. The encoding as bytes has none, because they
        would take more space than the values.
        """
        failures = [msgspec.structs.asdict(failure) for failure in self.failures]
        found = {**msgspec.structs.asdict(self), "failures": failures}
        del found["sealed"]
        return found

    def __or__(self, other: Facets) -> Facets:
        """Return the facets of both."""
        return merged((self, other))


_NONE = Facets()
_SETS = ("endpoints", "templates", "methods", "codes", "kinds")
_FIRST = ("device", "browser", "system", "language", "referrer", "campaign")
"""Fields that are taken from the first batch that has them."""


def merged(parts: Iterable[Facets]) -> Facets:
    """Return the facets of many batches, in their order, as those of one."""
    found = [part for part in parts if part != _NONE]
    if len(found) < 2:
        return found[0] if found else _NONE
    values: dict[str, Any] = {
        name: tuple(dict.fromkeys(value for part in found for value in getattr(part, name)))[
            :MOST_FACETS
        ]
        for name in _SETS
    }
    for name in _FIRST:
        values[name] = next(
            (value for part in found if (value := getattr(part, name))), getattr(_NONE, name)
        )
    failures: dict[str, Failure] = {}
    for failure in (failure for part in found for failure in part.failures):
        same = failures.get(failure.fingerprint)
        if same is None:
            failures[failure.fingerprint] = failure
        else:
            earlier = min(same, failure, key=lambda one: one.offset_ms)
            failures[failure.fingerprint] = msgspec.structs.replace(
                earlier, count=same.count + failure.count
            )
    return Facets(
        **values,
        failures=tuple(failures.values())[:MOST_FACETS],
        slowest_ms=max(part.slowest_ms for part in found),
        sealed=tuple(value for part in found for value in part.sealed),
    )
