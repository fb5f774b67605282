"""A store that encrypts recordings on their way in and decrypts them on their way out.

Data that a store needs to list, order, count and clean up is not encrypted: ids, times, counts,
flags, status, sizes and names of workers. Everything else is sealed: events, names of visitors,
URLs, templates and snapshots. An alias replaces a template's content hash, so that it cannot be
matched with a known template. In a finished recording, a label replaces the visitor's name, by
which the recordings of one visitor are found. Data written before there were keys can still be
read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from ...codec import pack, unpack
from ...codec.recordings import Header, decode_header, framed
from ...errors import DecodeError, KeyMissing, RecordingNotFound
from ...recording.facets import Facets, merged
from ...recording.summary import Summary
from ..finding.derived import with_facets
from ..finding.filters import ALL, Filter
from ..finding.lazy_summaries import LazySummaries
from ..finding.orders import NEWEST, Order
from ..names import NOTED, checked_hash, checked_id, unreadable
from ..protocols import Entry, Head, Segments
from .keyring import Keyring, content, is_sealed

S = TypeVar("S")

_SEALED_FIELDS = (
    "text", "endpoint", "template", "method", "code", "kind", "error", "slower_than", "device",
    "browser", "system", "language", "referrer", "campaign",
)  # fmt: skip
"""Fields of a filter whose values are sealed in the store."""

_ORDERED_HERE = frozenset({"who", "size"})
"""Orders that a store would get wrong, since it has labels instead of names, and larger sizes."""

_TOGETHER = 500
_REMEMBERED = 2_000
"""The number of visitors' names whose sealed form is cached, since every entry has one."""


class _Hidden(msgspec.Struct, frozen=True, array_like=True):
    """The parts of a finished recording's summary that its header does not show."""

    name: str
    names: tuple[str, ...]
    landing: str
    size: int
    facets: Facets = Facets()


_hidden = msgspec.json.Decoder(_Hidden)
_facets = msgspec.json.Decoder(Facets)


class Sealed:
    """Seals what goes into a store, and opens what comes out. All other attributes are the store's
    own.

    :param inner: the store, or the part of one that is used.
    :param keyring: seals with its first key. Without keys, sealed data is unreadable, and nothing
        else changes.
    """

    def __init__(self, inner: Any, keyring: Keyring) -> None:
        self.inner = inner
        self.keyring = keyring
        self._named = lru_cache(_REMEMBERED)(lambda name, of: keyring.seal_text(name, "name", of))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    # Journal

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries."""
        if self.keyring:
            entries = [self._sealed(head.id, worker, entry) for entry in entries]
        self.inner.append(head, worker, entries)

    def _sealed(self, id: str, worker: str, entry: Entry) -> Entry:
        return msgspec.structs.replace(
            entry,
            payload=self.keyring.seal(entry.payload, *_place(id, worker, entry)),
            landing=self.keyring.seal_text(entry.landing, "landing", id),
            name=self._named(entry.name, id),
            documents=tuple(map(self.keyring.alias, entry.documents)),
            facets=self._closed_facets(entry.facets, id),
        )

    def _closed_facets(self, facets: Facets, id: str) -> Facets:
        """Return facets sealed as one value, so that a store can merge them without reading
        them.
        """
        if facets == Facets():
            return facets
        return Facets(
            sealed=(self.keyring.seal_text(msgspec.json.encode(facets).decode(), "facets", id),)
        )

    def _opened_facets(self, facets: Facets, id: str) -> Facets:
        """Return facets decrypted. Facets written before there were keys are returned unchanged.

        :raises DecodeError: they are damaged, or belong to another recording.
        """
        if not facets.sealed:
            return facets
        opened = [self.keyring.open_text(text, "facets", id) for text in facets.sealed]
        try:
            parts = [_facets.decode(text) for text in opened]
        except msgspec.MsgspecError as error:
            raise DecodeError(f"not the facets of a batch: {error}") from error
        return merged([*parts, msgspec.structs.replace(facets, sealed=())])

    def read(self, recording_id: str) -> Segments:
        """Return all complete entries of a running recording. Entries that were damaged or moved
        are skipped.

        :raises KeyMissing: an entry is encrypted with another key. A recording must not be
            finalized in part.
        """
        segments: Segments = self.inner.read(recording_id)
        entries: list[Entry] = []
        workers: list[str] = []
        problem: DecodeError | None = None
        for worker, entry in zip(segments.workers, segments.entries, strict=True):
            try:
                entries.append(self._opened(recording_id, worker, entry))
                workers.append(worker)
            except KeyMissing:
                raise
            except DecodeError as error:
                problem = error
        if problem is not None and not entries:
            raise problem
        torn = segments.torn or problem is not None
        return msgspec.structs.replace(segments, entries=entries, workers=workers, torn=torn)

    def _opened(self, id: str, worker: str, entry: Entry) -> Entry:
        return msgspec.structs.replace(
            entry,
            payload=self.keyring.open(entry.payload, *_place(id, worker, entry)),
            landing=self.keyring.open_text(entry.landing, "landing", id),
            name=self.keyring.open_text(entry.name, "name", id),
            documents=tuple(
                self.keyring.hash_of(alias, entry.payload) for alias in entry.documents
            ),
            facets=self._opened_facets(entry.facets, id),
        )

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        """List the running recordings, newest first."""
        return [self._running(summary) for summary in self.inner.active(before=before, limit=limit)]

    def _running(self, summary: Summary) -> Summary:
        id, keyring = summary.id, self.keyring
        try:
            names = dict.fromkeys(keyring.open_text(name, "name", id) for name in summary.names)
            return msgspec.structs.replace(
                summary,
                name=keyring.open_text(summary.name, "name", id),
                names=tuple(names) if len(names) > 1 else (),
                landing=keyring.open_text(summary.landing, "landing", id),
                facets=self._opened_facets(summary.facets, id),
            )
        except DecodeError:
            return unreadable(id, summary.status, summary.size)

    # Archive

    def save(self, recording_id: str, document: bytes) -> None:
        """Store a finished recording, sealed as a whole behind a header that shows what a list
        needs.
        """
        self.inner.save(
            recording_id,
            self._closed(checked_id(recording_id), document) if self.keyring else document,
        )

    def _closed(self, id: str, document: bytes) -> bytes:
        sealed = self.keyring.seal(document, "recording", id)
        try:
            header = decode_header(document)
        except DecodeError:  # it is stored even if it is malformed
            return sealed
        summary = header.summary
        hidden = msgspec.json.encode(
            _Hidden(summary.name, summary.names, summary.landing, len(document), summary.facets)
        )
        shown = msgspec.structs.replace(
            summary,
            name=self.keyring.labels(summary.name)[0] if summary.name else "",
            names=(),
            facets=Facets(),
            landing=self.keyring.seal_text(hidden.decode(), "summary", id),
        )
        aliases = tuple(map(self.keyring.alias, header.documents))
        return framed(Header(shown, header.format, aliases), sealed)

    def load(self, recording_id: str) -> bytes:
        """Return a finished recording's document.

        :raises KeyMissing: it is encrypted with another key.
        :raises DecodeError: it is damaged, or belongs to another recording.
        """
        document: bytes = self.inner.load(recording_id)
        return (
            self.keyring.open(content(document), "recording", recording_id)
            if is_sealed(content(document))
            else document
        )

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary]:
        """List finished recordings. A visitor's recordings are found by label, for each key, or by
        name.

        Other sealed fields are matched here, one recording after the other. Their contents are in
        no index, so a text is only searched in id, name and URL.
        """
        if not self.keyring:
            return self._page(before, limit, where, order)
        if order.field in _ORDERED_HERE:
            return order.sorted(self._all(where), before)[:limit]
        found: list[Summary] = []
        while len(found) < limit and (page := self._page(before, limit, where, order)):
            found += (summary for summary in page if self._meant(where, summary))
            if len(page) < limit:
                break
            before = order.cursor(page[-1])
        return found[:limit]

    def each(self, **wanted: Any) -> list[Summary] | LazySummaries:
        """Return what :meth:`summaries` returns, for callers that read it once."""
        if self.keyring or (read := getattr(self.inner, "each", None)) is None:
            return self.summaries(**wanted)
        return LazySummaries(read(**wanted), self._finished)

    def _meant(self, where: Filter, summary: Summary) -> bool:
        return where.matches(with_facets(summary, self.load) if where.faceted else summary, ())

    def _all(self, where: Filter) -> Iterator[Summary]:
        before: str | None = None
        while page := self._page(before, _TOGETHER, where, NEWEST):
            yield from (summary for summary in page if self._meant(where, summary))
            before = page[-1].id

    def _page(self, before: str | None, limit: int, where: Filter, order: Order) -> list[Summary]:
        """Return a page of recordings that may match, by the fields that the store sees."""
        sort: dict[str, Any] = {} if order == NEWEST else {"order": order}
        seen = (
            msgspec.structs.replace(where, **dict.fromkeys(_SEALED_FIELDS))
            if self.keyring
            else where
        )
        names = [where.name, *self.keyring.labels(where.name)] if where.name else [where.name]
        found: list[Summary] = []
        for name in names:
            query = msgspec.structs.replace(seen, name=name)
            found += self.inner.summaries(before=before, limit=limit, where=query, **sort)
        if len(names) > 1:
            found = order.sorted(found)
        return [self._finished(summary) for summary in found[:limit]]

    def _finished(self, summary: Summary) -> Summary:
        try:
            text = self.keyring.open_text(summary.landing, "summary", summary.id)
            if text == summary.landing:
                return summary
            hidden = _hidden.decode(text)
        except (DecodeError, msgspec.MsgspecError):
            return unreadable(summary.id, summary.status, summary.size)
        return msgspec.structs.replace(
            summary,
            name=hidden.name,
            names=hidden.names,
            landing=hidden.landing,
            size=hidden.size,
            facets=hidden.facets,
        )

    def documents(self, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the content hashes of the documents that finished recordings use.

        :raises KeyMissing: a recording is encrypted with another key.
        :raises DecodeError: a recording cannot be read.
        """
        found: dict[str, tuple[str, ...]] = {}
        for name in recording_ids:
            with suppress(RecordingNotFound):
                found[name] = decode_header(self.load(name)).documents
        return found

    # Remarks

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Replace the remarks on a recording, if the stored ones are known, and return whether they
        are stored.

        :raises KeyMissing: the stored remarks are encrypted with another key.
        """
        kept: bytes = self.inner.remarks([recording_id]).get(recording_id, b"")
        if self.keyring.open(kept, "remarks", recording_id) != known:
            return False
        return bool(
            self.inner.remark(
                recording_id, self.keyring.seal(document, "remarks", recording_id), kept
            )
        )

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the remarks on recordings. If all are requested, those that cannot be opened are
        left out.

        :raises KeyMissing: requested remarks are encrypted with another key.
        :raises DecodeError: remarks are damaged, or belong to another recording.
        """
        found: dict[str, bytes] = {}
        for name, document in self.inner.remarks(recording_ids).items():
            try:
                found[name] = self.keyring.open(document, "remarks", name)
            except DecodeError:
                if recording_ids is not None:
                    raise
        return found

    # Templates

    def has_template(self, key: str) -> bool:
        """Whether a template is stored under its current alias. One with a former alias must be
        stored again.
        """
        return bool(self.inner.has_template(self._alias(key)))

    def put_template(self, key: str, document: bytes) -> None:
        """Store a template or snapshot under its content hash."""
        data = self.keyring.seal(pack(document), "template", key) if self.keyring else document
        self.inner.put_template(self._alias(key), data)

    def get_template(self, key: str) -> bytes:
        """Return a template or snapshot.

        :raises RecordingNotFound: none has this hash.
        :raises KeyMissing: it is encrypted with another key.
        :raises DecodeError: it is damaged, or has another hash.
        """
        for alias in self._aliases(key):
            with suppress(RecordingNotFound):
                document: bytes = self.inner.get_template(alias)
                return (
                    unpack(self.keyring.open(document, "template", key))
                    if is_sealed(document)
                    else document
                )
        raise RecordingNotFound(f"the template {key} is not stored")

    def templates(self) -> Iterator[tuple[str, float]]:
        """Yield the hash of each stored template, reading each of them. Cleanup reads the aliases
        from the store itself.
        """
        seen: set[str] = set()
        for alias, written in self.inner.templates():
            key = alias
            if not alias.startswith(NOTED):
                with suppress(RecordingNotFound, DecodeError):
                    key = self.keyring.hash_of(alias, self.inner.get_template(alias))
            if key not in seen:
                seen.add(key)
                yield key, written

    def delete_template(self, key: str) -> None:
        """Delete a template."""
        for alias in self._aliases(key):
            self.inner.delete_template(alias)

    def _alias(self, key: str) -> str:
        return key if checked_hash(key).startswith(NOTED) else self.keyring.alias(key)

    def _aliases(self, key: str) -> list[str]:
        return [key] if checked_hash(key).startswith(NOTED) else self.keyring.aliases(key)


def _place(id: str, worker: str, entry: Entry) -> tuple[str, ...]:
    """Return what an entry is bound to: its recording, worker, number and time."""
    return "entry", id, worker, f"{entry.number} {entry.offset_ms}"
