"""Find what the text of a response consists of: the outputs of renders, with literal HTML around
them.

Each text that is long compared with the body is searched for separately, the longest first. There
are few such texts, or there is much else to search besides the body. A render within another one is
part of the outer one. All other texts are found in one pass through the rest. So the time is
proportional to the body and the outputs, however many there are.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...sanitize import html as sanitize_html
from ..templates.render import Render

_LONG = 64
"""A text is long if the body is at most this many times as long."""

_DISTINCTIVE = 16
"""Bytes of a text that counts wherever it is found. A shorter one counts only as often as it was
rendered, because it may occur by chance.
"""

_HEADS = (8, 4, 2, 1)
"""Lengths of the texts' beginnings to search for together: the first that leaves few different
ones.
"""

_FEW = 32


class Parts(NamedTuple):
    """The parts of a text.

    :ivar parts: numbers of renders, and literal text.
    :ivar cut: whether some literal text was dropped.
    :ivar literal: the number of characters of literal text, kept or not.
    """

    parts: tuple[int | str, ...] = ()
    cut: bool = False
    literal: int = 0


class _Span(NamedTuple):
    """Where the output of a render is in the body."""

    start: int
    end: int
    number: int


def is_data(mimetype: str) -> bool:
    """Whether a response is a JSON document."""
    return mimetype == "application/json" or (
        mimetype.startswith("application/") and mimetype.endswith("+json")
    )


def find_parts(
    body: bytes,
    renders: Sequence[Render],
    limit: int,
    written: Callable[[str], tuple[bytes, ...]] | None = None,
) -> Parts:
    """Return the parts of a body, in order.

    :param body: the body of the response, in UTF-8.
    :param renders: the renders of the request, in the order of their start. A part refers to one by
        its index; an output that occurs in the body several times is as many parts.
    :param limit: the most characters of literal text to keep.
    :param written: returns the forms that an output may have in the body; ``None`` where that is
        its UTF-8.
    """
    texts: dict[bytes, _Text] = {}
    for number, render in enumerate(renders):
        if render.output:
            for sent in (render.sent,) if written is None else written(render.output):
                if 0 < len(sent) <= len(body):
                    texts.setdefault(sent, _Text(sent)).numbers.append(number)
    whole = texts.get(body)
    if whole is not None:
        return Parts((whole.numbers[0],))
    found = _found(body, texts, limit)
    return found if is_whole(found.parts, renders) else _frames_alone(found, renders)


def is_whole(parts: Sequence[int | str], renders: Sequence[Render]) -> bool:
    """Whether everything that templates keep out of recordings is in parts that are frames.
    Otherwise, any literal text may contain it.
    """
    ignoring = [render for render in renders if render.output and render.ignores]
    placed = (
        [renders[part].output or "" for part in parts if isinstance(part, int)] if ignoring else []
    )
    return all(any((render.output or "") in text for text in placed) for render in ignoring)


def is_apart(texts: Iterable[str], renders: Sequence[Render]) -> bool:
    """Whether, in the texts of a document, everything that templates keep out of recordings occurs
    only in complete outputs of renders.
    """
    ignoring = [render.output for render in renders if render.output and render.ignores]
    if not ignoring:
        return True
    outputs, texts = {render.output for render in renders}, [*texts]
    holding = [[text for text in texts if output in text] for output in ignoring]
    return all(holding) and all(text in outputs for found in holding for text in found)


def _frames_alone(found: Parts, renders: Sequence[Render]) -> Parts:
    """Return the frames that a page may consist of, without its literal text, which must not be
    kept.
    """
    parts = tuple(n for n, render in enumerate(renders) if render.output and render.parent is None)
    return Parts(parts, True, found.literal)


def _found(body: bytes, texts: dict[bytes, _Text], limit: int) -> Parts:
    """Return the parts of a body, in which the given texts may occur."""
    bound = len(body) / _LONG
    placed: list[_Span] = []
    for text in sorted(texts.values(), key=lambda text: -len(text.sent)):
        if len(text.sent) >= bound:
            _place_long(body, text, placed)
    for distinctive in (True, False):
        short = [
            text
            for text in texts.values()
            if len(text.sent) < bound and text.distinctive is distinctive
        ]
        if short:
            walk = _Walk(body, short)
            placed = sorted(
                [
                    *placed,
                    *(span for gap in _gaps(placed, len(body)) for span in walk.spans(*gap)),
                ]
            )
    return _assemble(body, placed, limit)


class _Text:
    """An output, and the numbers of the renders that made it, in order."""

    def __init__(self, sent: bytes) -> None:
        self.sent = sent
        self.distinctive = len(sent) >= _DISTINCTIVE
        self.numbers: list[int] = []
        self.used = 0

    def take(self) -> int:
        """Return the number of the render for the next occurrence, or -1 if there is none left."""
        number = min(self.used, len(self.numbers) - 1) if self.distinctive else self.used
        self.used += 1
        return self.numbers[number] if number < len(self.numbers) else -1


def _place_long(body: bytes, text: _Text, placed: list[_Span]) -> None:
    """Place a text wherever it occurs in the body, unless a longer one was placed there."""
    size = len(text.sent)
    # preparing a search for such a long text is expensive
    start = 0 if body.startswith(text.sent) else body.find(text.sent)
    while start >= 0:
        before = bisect_right(placed, start, key=lambda span: span.start)
        end = placed[before - 1].end if before else 0
        if end <= start and (before == len(placed) or start + size <= placed[before].start):
            number = text.take()
            if number < 0:
                return
            insort(placed, _Span(start, start + size, number))
            end = start + size
        elif end <= start:
            end = placed[before].end
        start = body.find(text.sent, end)


def _gaps(placed: Sequence[_Span], end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges in which nothing was placed."""
    position = 0
    for span in placed:
        if position < span.start:
            yield position, span.start
        position = span.end
    if position < end:
        yield position, end


class _Walk:
    """Goes through a body once, and finds at each position the longest of many texts."""

    def __init__(self, body: bytes, texts: Sequence[_Text]) -> None:
        self.body = body
        self.texts = sorted(texts, key=lambda text: text.sent)
        self.sent = [text.sent for text in self.texts]
        self.longest = max(map(len, self.sent))
        self.remaining = -1 if texts[0].distinctive else sum(len(text.numbers) for text in texts)
        self.heads = _heads(self.sent)
        self.shorter: list[int] = []
        nested: list[int] = []
        for index, sent in enumerate(self.sent):
            while nested and not sent.startswith(self.sent[nested[-1]]):
                nested.pop()
            self.shorter.append(nested[-1] if nested else -1)
            nested.append(index)

    def spans(self, start: int, end: int) -> Iterator[_Span]:
        """Yield the texts found in a range of the body."""
        while self.remaining and (found := self.heads.search(self.body, start, end)):
            start = found.start()
            text, number = self._at(start, end)
            if number >= 0:
                self.remaining -= 1
                yield _Span(start, start + len(text), number)
            start += len(text) or 1

    def _at(self, start: int, end: int) -> tuple[bytes, int]:
        """Return the longest text at a position, and the number of its render."""
        piece = self.body[start : min(end, start + self.longest)]
        # A text that the piece begins with is sorted before the piece, the longest last.
        index = bisect_right(self.sent, piece) - 1
        while index >= 0:
            if piece.startswith(self.sent[index]):
                number = self.texts[index].take()
                if number >= 0:
                    return self.sent[index], number
            index = self.shorter[index]
        return b"", -1


def _heads(texts: Sequence[bytes]) -> re.Pattern[bytes]:
    """Return a pattern that finds where a text may begin."""
    for size in _HEADS:
        heads = sorted({text[:size] for text in texts}, reverse=True)
        if len(heads) <= _FEW:
            break
    return re.compile(b"|".join(map(re.escape, heads)))


def _assemble(body: bytes, placed: Sequence[_Span], limit: int) -> Parts:
    parts: list[int | str] = []
    position, literal, room = 0, 0, limit
    for start, end, number in [*placed, _Span(len(body), len(body), -1)]:
        if position < start:
            text = body[position:start].decode("utf-8", "replace")
            literal += len(text)
            parts.append(sanitize_html.mask(text[: room + sanitize_html.MAX_TAG])[:room])
            room = max(0, room - len(text))
        if number >= 0:
            parts.append(number)
        position = end
    return Parts(tuple(part for part in parts if part != ""), literal > limit, literal)
