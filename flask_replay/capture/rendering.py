"""One render that was recorded, from its start until it is a frame of a recording."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from jinja2 import Template

from ..recording.model import UNRECORDED, Frame
from ..replaying.digests import digest, encoded
from ..sanitize import html as sanitize_html
from ..trace.frame import Compiled
from ..trace.model import Trace
from .grouping import Grouping
from .hooks import GuardedSanitizer
from .owntext import own_texts, renamed
from .redaction import Redaction
from .tracer import Tracer

_RENDER = 10_000
"""Bytes that a render is taken to hold on to that reads nothing: its tracer, and the context of its template."""

_READ = 200
"""Bytes that one entry of a log is taken to hold on to."""


class Render:
    """A render of a recorded request.

    :ivar template: the template's name, ``""`` for one made from a string.
    :ivar started: ``time.perf_counter()`` when it began.
    :ivar output: what it gave; ``None`` until it has finished.
    :ivar error: what it raised.
    :ivar pieces: the output as it came, if it came in pieces.
    :ivar parent: the render within which it ran.
    :ivar tracer: notes what it reads.
    :ivar unrecorded: why it does not; the app's own code runs then.

    :param block: the one of the template that is rendered alone, ``""`` for the whole.
    """

    def __init__(
        self,
        template: Template,
        block: str,
        parent: Render | None,
        compiled: Compiled | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.template = template.name or ""
        self.block = block
        self.started = time.perf_counter()
        self.output: str | None = None
        self.error: Exception | None = None
        self.parent = parent
        self.pieces: list[str] = []
        self._sent: bytes | None = None
        self._trace = Trace()
        self._redaction: Redaction | None = None
        self._compiled = compiled
        self.tracer = tracer
        self.unrecorded = ""

    def finished(self, output: str, pieces: list[str] | None = None) -> None:
        """Note what the visitor gets.

        :param pieces: what it was put together from, if that was texts.
        """
        self.output = output
        if pieces is not None:
            self.pieces = pieces

    def failed(self, error: Exception) -> None:
        """Note that there will be no output."""
        self.error = error

    @property
    def sent(self) -> bytes:
        """Give the output as it is part of a response, or a message."""
        if self._sent is None:
            self._sent = encoded(self.output or "")
        return self._sent

    @property
    def reads(self) -> int:
        """Count the entries of the log."""
        return 0 if self.tracer is None else len(self.tracer.log) // 3

    @property
    def size(self) -> int:
        """Estimate the bytes that this holds on to."""
        return _RENDER + _READ * self.reads + 2 * len(self.output or "")

    def group(self, sanitizer: GuardedSanitizer) -> None:
        """Make a trace of the log, and learn what is secret of it.

        To be called once, after the response has left, and for all renders of a batch before the first
        :meth:`frame`: what one has read another one may have been given.

        :param sanitizer: what may be kept.
        """
        tracer = self.tracer
        if tracer is None or self.unrecorded:
            return
        self._redaction = Redaction(tracer.secret, sanitizer)
        self._trace = Grouping(tracer, self._redaction, sanitizer).trace()
        if self.output is not None:
            for name, value in sanitize_html.fields(self.output):
                sanitizer.passing({name: value})
            self._redaction.print(self.output, partial(self._taken_apart, tracer))

    def _taken_apart(self, tracer: Tracer) -> list[str]:
        """Return the pieces that the output was joined from; a native environment joins none."""
        texts = all(isinstance(piece, str) for piece in self.pieces)
        return tracer.apart(self.pieces) if texts else []

    def frame(self, offset_ms: int, parent: int = -1) -> tuple[Frame, dict[str, bytes]]:
        """Return the event, and the documents it names by their content hash; the log is let go.

        :param offset_ms: milliseconds since the recording started.
        :param parent: number of the parent's frame in the batch, -1 for none.
        """
        tracer, redaction, output = self.tracer, self._redaction, self.output
        if tracer is None or self._compiled is None or redaction is None:
            return self._left(offset_ms, parent), {}
        setup = tracer.setup
        documents = {template.compiled.key: template.compiled.document for template in tracer.templates.values()}
        trace = redaction.scrub(self._trace, documents.values())
        entry, found = self._compiled.key, tracer.found
        if own := own_texts(tracer.templates.values(), setup, redaction.memory):
            redaction.values.update(*(text.secrets for text in own.values()))
            keys = {key: text.key for key, text in own.items()}
            documents = {keys.get(key, key): own[key].document if key in own else documents[key] for key in documents}
            entry, found = keys.get(entry, entry), {name: keys.get(key, key) for name, key in found.items()}
            trace = renamed(trace, keys)
        masked = None if output is None else redaction.masked(output)
        documents = {setup.key: setup.document} | documents
        flags = ("truncated",) if tracer.truncated else ()
        frame = Frame(
            offset_ms=offset_ms,
            template=self.template,
            entry=entry,
            block=self.block,
            templates=found,
            setup=setup.key,
            trace=trace,
            digest=b"" if output is None else digest(self.sent),
            masked=b"" if masked is None else digest(encoded(masked)),
            redacted=len(redaction.values),
            tokens=len(redaction.tokens),
            stopped=output is None,
            parent=parent,
            flags=(*flags, "untraced") if tracer.untraced else flags,
        )
        self.pieces = []
        tracer.joined.clear()
        tracer.made_of.clear()
        if output is not None or self.error is not None:  # else somebody may go on with it
            tracer.release()
        return frame, documents

    def _left(self, offset_ms: int, parent: int) -> Frame:
        """Return the event of a render that was left to the app's own code: nothing of its output is kept."""
        self.pieces = []
        return Frame(
            offset_ms=offset_ms,
            template=self.template,
            block=self.block,
            digest=b"" if self.output is None else digest(self.sent),
            stopped=self.output is None,
            parent=parent,
            flags=(f"{UNRECORDED}{self.unrecorded}",) if self.unrecorded else (),
        )


def frames(
    renders: Sequence[Render], offset_ms: Callable[[float], int], sanitizer: GuardedSanitizer
) -> tuple[list[Frame], dict[str, bytes]]:
    """Return the frames of renders that make a batch, and the documents that these name.

    :param offset_ms: gives the offset of a moment in the recording.
    """
    numbers = {id(render): number for number, render in enumerate(renders)}
    made: list[Frame] = []
    documents: dict[str, bytes] = {}
    for render in reversed(renders):  # what ran within another one is a part of that one
        render.group(sanitizer)
    for render in renders:
        frame, used = render.frame(offset_ms(render.started), numbers.get(id(render.parent), -1))
        made.append(frame)
        documents.update(used)
    return made, documents
