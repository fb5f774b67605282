"""The terms by which an index finds a recording: words, and a short name for each value of a facet.

They consist of letters and digits, so that no index interprets them as syntax.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from ...codec.recordings import decode_header
from ...errors import DecodeError
from ...recording.summary import Summary
from ...recording.words import words
from ..sealing.keyring import content, is_sealed
from .derived import with_facets
from .filters import NUMBER_FIELDS, WORD_FIELDS, Filter, folded, own_words, wanted_number
from .live_words import words_in

_WORD, _FACT = "zz", "vv"
"""The prefixes of the two kinds of terms. No index's stop word begins with them."""

_OWN = ("name", "status", "errors")
"""Fields that columns or headers also answer. In combination with others, the index needs them."""

_SIZE = 5


class IndexQuery(NamedTuple):
    """A query of an index.

    :ivar facts: the terms of facets that a recording must have.
    :ivar words: the terms of words that it must have.
    :ivar beginning: the beginning of one more word; ``""`` for none.
    """

    facts: tuple[str, ...]
    words: tuple[str, ...] = ()
    beginning: str = ""


class Terms(NamedTuple):
    """The terms of a recording: of its facets, and of its words."""

    facts: list[str]
    words: list[str]


def index_query(where: Filter) -> IndexQuery | None:
    """Return the query for a filter; ``None`` for a text without words, which matches nothing."""
    found = [_fact(field, word) for field in WORD_FIELDS if (word := where.word(field)) is not None]
    found += [
        _fact(field, str(value))
        for field in _OWN
        if (value := getattr(where, field)) is not None and value is not False
    ]
    for field in NUMBER_FIELDS:
        if getattr(where, field) is not None:
            found += _steps(field, wanted_number(field, getattr(where, field)))[-1:]
    whole, beginning = where.words
    if where.text is not None and not whole and not beginning:
        return None
    return IndexQuery(
        tuple(found),
        tuple(f"{_WORD}{word}" for word in whole),
        f"{_WORD}{beginning}" if beginning else "",
    )


def terms_in(document: bytes) -> Terms:
    """Return the terms of a finished recording; none if it cannot be read.

    For an encrypted recording, only data that the store sees becomes terms. Terms for its words
    would reveal too much.
    """
    try:
        summary = decode_header(document).summary
    except DecodeError:
        return Terms([], [])
    if is_sealed(content(document)):
        return Terms(_facts(summary), [f"{_WORD}{word}" for word in words(summary.id)])
    return terms_of(with_facets(summary, lambda _: document), words_in(document))


def terms_of(summary: Summary, event_words: Iterable[str]) -> Terms:
    """Return the terms of a finished recording.

    :param event_words: the words of its events.
    """
    found = dict.fromkeys(f"{_WORD}{word}" for word in (*own_words(summary), *event_words))
    return Terms(_facts(summary), [*found])


def _facts(summary: Summary) -> list[str]:
    found = dict.fromkeys(
        _fact(field, value)
        for field, values_of in WORD_FIELDS.items()
        for value in values_of(summary)
    )
    own = {"name": summary.name, "status": summary.status, "errors": str(summary.tally.errors > 0)}
    found.update(dict.fromkeys(_fact(field, value) for field, value in own.items()))
    for field, number_of in NUMBER_FIELDS.items():
        found.update(dict.fromkeys(_steps(field, number_of(summary))))
    return [*found]


def _fact(field: str, value: str) -> str:
    """Return a short name for a value. If two values have the same one, the caller finds out which
    one is meant.
    """
    named_value = f"{field}={folded(value)}".encode("utf-8", "surrogatepass")
    return _FACT + hashlib.blake2b(named_value, digest_size=_SIZE).hexdigest()


def _steps(field: str, number: int) -> list[str]:
    """Return a term for each power of four that a number reaches. Numbers in between are found by
    the lower power.
    """
    return [_fact(field, str(power)) for power in range(0, number.bit_length(), 2)]
