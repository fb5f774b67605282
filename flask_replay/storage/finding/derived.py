"""Derive the facets of recordings that older versions stored without facets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec

from ...codec import decode_recording
from ...errors import DecodeError, RecordingNotFound
from ...expiring import Expiring
from ...recording.facets import Facets, merged
from ...recording.gathering import facets_of
from ...recording.model import Recording
from ...recording.summary import Summary

_NONE = Facets()
_REMEMBERED = 20_000
_SECONDS = 300.0


def facets_in(document: bytes) -> Facets:
    """Return the facets of a finished recording; none if it cannot be read."""
    with suppress(DecodeError):
        return merged(map(facets_of, decode_recording(document).batches))
    return Facets()


def with_facets(summary: Summary, load: Callable[[str], bytes]) -> Summary:
    """Return a summary with the facets of its recording, even if an older version stored none.

    :param load: returns the document of a finished recording.
    """
    if summary.facets != Facets() or not summary.tally.requests:
        return summary
    with suppress(DecodeError, RecordingNotFound):
        return msgspec.structs.replace(summary, facets=facets_in(load(summary.id)))
    return summary


class DerivedFacets:
    """Caches derived facets, so that each recording is decoded once while it is in use.

    :param get: returns a recording.
    """

    def __init__(self, get: Callable[[str], Recording]) -> None:
        self._get = get
        self._known: Expiring[tuple[str, int], Facets] = Expiring(_SECONDS, _REMEMBERED)

    def completed(self, summary: Summary) -> Summary:
        """Return a summary with the facets of its recording, if it has errors but no facets."""
        if not summary.tally.errors or summary.facets != _NONE:
            return summary
        name = summary.id, summary.size
        facets = self._known.get(name)
        if facets is None:
            facets = Facets()
            with suppress(DecodeError, RecordingNotFound):
                facets = merged(map(facets_of, self._get(summary.id).batches))
            self._known.put(name, facets)
        return msgspec.structs.replace(summary, facets=facets)
