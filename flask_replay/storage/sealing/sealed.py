"""A store whose recordings are encrypted: whatever is kept passes here on its way in, and on its
way out.

What a store needs to list, order, count and clean up stays as it is: ids, times, counts, flags,
status, sizes, names of workers. All else is sealed: events, names of visitors, addresses,
templates, snapshots. In the place of a template's content hash is an alias, so that nobody can
match it to a template they know. In the place of a visitor's name a finished recording has a label,
by which those of one visitor are found. What was written before there were keys is read as it is.
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
from ..finding.orders import NEWEST, Order
from ..names import NOTED, checked_hash, checked_id, unreadable
from ..protocols import Entry, Head, Segments
from .keyring import Keyring, content, is_sealed

S = TypeVar("S")

_SEALED_FIELDS = (
    "text", "endpoint", "template", "method", "code", "kind", "error", "slower_than", "device",
    "browser", "system", "language", "referrer", "campaign",
)  # fmt: skip
"""Fields of a filter of which the store sees nothing."""

_ORDERED_HERE = frozenset({"who", "size"})
"""Orders that a store would get wrong: it has labels in the place of names, and more bytes."""

_TOGETHER = 500
_REMEMBERED = 2_000
"""Names of visitors whose sealed form is remembered: every entry has one."""


class _Hidden(msgspec.Struct, frozen=True, array_like=True):
    """What a finished recording's summary has that its header does not show."""

    name: str
    names: tuple[str, ...]
    landing: str
    size: int
    facets: Facets = Facets()


_hidden = msgspec.json.Decoder(_Hidden)
_facets = msgspec.json.Decoder(Facets)


class Sealed:
    """Seals what goes into a store, and opens what comes out; whatever is not named here is the
    store's own.

    :param inner: the store, or as much of one as is asked.
    :param keyring: seals with its first key; without keys, what is sealed is unreadable, and
        nothing else changes.
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
        """Return facets sealed: as one value, so that a store adds them up without seeing them."""
        if facets == Facets():
            return facets
        return Facets(
            sealed=(self.keyring.seal_text(msgspec.json.encode(facets).decode(), "facets", id),)
        )

    def _opened_facets(self, facets: Facets, id: str) -> Facets:
        """Return what was sealed; what was written before there were keys stays as it is.

        :raises DecodeError: it is damaged, or another recording's.
        """
        if not facets.sealed:
            return facets
        opened = [self.keyring.open_text(text, "facets", id) for text in facets.sealed]
        try:
            parts = [_facets.decode(said) for said in opened]
        except msgspec.MsgspecError as error:
            raise DecodeError(f"not the facets of a batch: {error}") from error
        return merged([*parts, msgspec.structs.replace(facets, sealed=())])

    def read(self, recording_id: str) -> Segments:
        """Read all complete entries of a recording; what was damaged or moved costs itself.

        :raises KeyMissing: one is encrypted with another key: no part of it is finished without the
            rest.
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
        """List the recordings in progress, newest first."""
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
        """Keep a finished recording: sealed as a whole, behind a header that shows what a list
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
        except DecodeError:  # it is kept, as whatever it is
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
        :raises DecodeError: it is damaged, or another recording's.
        """
        document: bytes = self.inner.load(recording_id)
        return (
            self.keyring.open(content(document), "recording", recording_id)
            if _holds_sealed(document)
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
        """List finished recordings; whose they are is known by label, for each key, or by name.

        What else is sealed is looked at behind the store, one recording after the other. What they
        say is in no index: of a text, only id, name and address are looked at.
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

    def _meant(self, where: Filter, summary: Summary) -> bool:
        return where.matches(with_facets(summary, self.load) if where.faceted else summary, ())

    def _all(self, where: Filter) -> Iterator[Summary]:
        before: str | None = None
        while page := self._page(before, _TOGETHER, where, NEWEST):
            yield from (summary for summary in page if self._meant(where, summary))
            before = page[-1].id

    def _page(self, before: str | None, limit: int, where: Filter, order: Order) -> list[Summary]:
        """Return what may be found, by all that the store sees."""
        sort: dict[str, Any] = {} if order == NEWEST else {"order": order}
        seen = (
            msgspec.structs.replace(where, **dict.fromkeys(_SEALED_FIELDS))
            if self.keyring
            else where
        )
        names = [where.name, *self.keyring.labels(where.name)] if where.name else [where.name]
        found: list[Summary] = []
        for name in names:
            asked = msgspec.structs.replace(seen, name=name)
            found += self.inner.summaries(before=before, limit=limit, where=asked, **sort)
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
        """Return the content hashes of what finished recordings use.

        :raises KeyMissing: one is encrypted with another key.
        :raises DecodeError: one cannot be read.
        """
        found: dict[str, tuple[str, ...]] = {}
        for name in recording_ids:
            with suppress(RecordingNotFound):
                found[name] = decode_header(self.load(name)).documents
        return found

    # Remarks

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Keep what people remark on a recording, if what is kept is known; whether it is kept now.

        :raises KeyMissing: what is kept is encrypted with another key.
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
        """Return what people remark on recordings; where all are asked for, those that cannot be
        opened are left out.

        :raises KeyMissing: one that is asked for is encrypted with another key.
        :raises DecodeError: one is damaged, or another recording's.
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
        """Whether a template is kept as it would be now; one of a former key is to be kept
        again.
        """
        return bool(self.inner.has_template(self._alias(key)))

    def put_template(self, key: str, document: bytes) -> None:
        """Keep a template or snapshot under its content hash."""
        data = self.keyring.seal(pack(document), "template", key) if self.keyring else document
        self.inner.put_template(self._alias(key), data)

    def get_template(self, key: str) -> bytes:
        """Return a template or snapshot.

        :raises RecordingNotFound: there is none with this hash.
        :raises KeyMissing: it is encrypted with another key.
        :raises DecodeError: it is damaged, or another one.
        """
        for alias in self._aliases(key):
            with suppress(RecordingNotFound):
                document: bytes = self.inner.get_template(alias)
                return (
                    unpack(self.keyring.open(document, "template", key))
                    if is_sealed(document)
                    else document
                )
        raise RecordingNotFound(f"the template {key} is not kept")

    def templates(self) -> Iterator[tuple[str, float]]:
        """Return the hash of each kept template, reading each; cleanup asks the store itself for
        aliases.
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


def _holds_sealed(document: bytes) -> bool:
    return is_sealed(content(document))


def _place(id: str, worker: str, entry: Entry) -> tuple[str, ...]:
    """Return what an entry is bound to: its recording, who wrote it, its number and its time."""
    return "entry", id, worker, f"{entry.number} {entry.offset_ms}"
