"""What lists of recordings are filtered by: small facts of a batch that add up, bounded in number
and length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .numbers import Count

MOST_FACETS = 50
"""Values of one facet that are kept: what a visitor meets first."""

LONGEST_FACET = 120
"""Letters of a value that are kept."""


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """One kind of error, as it happened in a recording.

    :param fingerprint: of the exception's type and the app's own lines: the same in every
        recording.
    :param type: qualified name of the exception's class.
    :param place: where in the app it was raised, ``"shop/cart.py:42 in add"``; ``""`` if nobody
        knows.
    :param message: of the first one.
    :param offset_ms: when it happened first, in milliseconds since the recording started.
    :param count: how often it happened.
    """

    fingerprint: str
    type: str
    place: str = ""
    message: str = ""
    offset_ms: Count = 0
    count: Count = 1


class Facets(msgspec.Struct, frozen=True, array_like=True):
    """The facts of one batch, or of a whole recording; those of an older one are empty.

    :param endpoints: that answered.
    :param templates: names of all that were rendered, included or extended.
    :param methods: of the requests.
    :param codes: status codes of the responses.
    :param kinds: of the events, as they are tagged: ``"request"``, ``"error"``.
    :param failures: one for each kind of error.
    :param slowest_ms: milliseconds that the slowest request took.
    :param device: ``"phone"``, ``"tablet"`` or ``"desktop"``.
    :param browser: name and version, ``"Firefox 128"``.
    :param system: name and version, ``"Windows 11"``.
    :param language: that the visitor likes best, ``"de-CH"``.
    :param referrer: the host of the page that the visitor came from.
    :param campaign: that the visitor came by, as its links say: ``"source=newsletter"`` for
        ``utm_source``.
    :param sealed: facets of batches, encrypted: whoever has the key opens all before they are
        merged and bounded.
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
        """Return them as data with names; as bytes they have none, for these would take more than
        what they name.
        """
        failures = [msgspec.structs.asdict(failure) for failure in self.failures]
        found = {**msgspec.structs.asdict(self), "failures": failures}
        del found["sealed"]
        return found

    def __or__(self, other: Facets) -> Facets:
        """Return what both together are filtered by."""
        return merged((self, other))


_NONE = Facets()
_SETS = ("endpoints", "templates", "methods", "codes", "kinds")
_FIRST = ("device", "browser", "system", "language", "referrer", "campaign")
"""Fields of which the batch counts that says it first."""


def merged(parts: Iterable[Facets]) -> Facets:
    """Return the facts of many batches, in their order, as those of one."""
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
        known = failures.get(failure.fingerprint)
        if known is None:
            failures[failure.fingerprint] = failure
        else:
            earlier = min(known, failure, key=lambda one: one.offset_ms)
            failures[failure.fingerprint] = msgspec.structs.replace(
                earlier, count=known.count + failure.count
            )
    return Facets(
        **values,
        failures=tuple(failures.values())[:MOST_FACETS],
        slowest_ms=max(part.slowest_ms for part in found),
        sealed=tuple(value for part in found for value in part.sealed),
    )
