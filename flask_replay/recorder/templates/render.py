"""One recorded render, from its start until it has become a frame of a recording."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from jinja2 import Template
from werkzeug.wrappers import Request

from ...boundary import Boundary
from ...engine.compiled import Compiled
from ...engine.documents import read_template
from ...engine.ignoring import BOX
from ...engine.kept import keep
from ...engine.recording.grouping import Grouping
from ...engine.recording.ignored_output import ShownOutput, reveals, shown, texts_in, without
from ...engine.recording.ignoring import IgnoredCounter
from ...engine.recording.own_text import own_texts, renamed
from ...engine.recording.redaction import Redaction
from ...engine.recording.secrets import LEAVES, Secret
from ...engine.recording.tracer import Tracer
from ...engine.replaying.digests import digest, encoded
from ...recording.events import UNRECORDED, Frame
from ...sanitize import html as sanitize_html
from ...sanitize.guarded import GuardedSanitizer
from ...trace.model import Trace
from ...trace.type_sets import name_of_type


class Sink(IgnoredCounter, Protocol):
    """Takes the renders of one request.

    :ivar max_reads: the number of entries after which the log of a render stops growing.
    :ivar unseen: whether the app's own code has run an ignored part.
    """

    max_reads: int
    unseen: bool

    def opened(self, render: Render) -> None:
        """Add a render that is starting."""


RECORDER_FAILED = "the recorder failed"
"""Why a render is not recorded if the recorder itself has failed in it."""

_NOTHING = Trace()
_RENDER = 10_000
"""Bytes that a render without reads is estimated to hold: its tracer and its template's context."""

_DISTINCTIVE = 8
"""Characters. A longer text does not occur in another one by chance."""

_READ = 200
"""Bytes that one entry of a log is estimated to hold."""


class Render:
    """A render of a recorded request.

    :ivar template: the template's name, ``""`` for one made from a string.
    :ivar started: when it started, by ``time.perf_counter()``.
    :ivar output: its output; ``None`` until it has finished.
    :ivar error: the exception that it raised.
    :ivar pieces: the pieces of the output, if it came in pieces.
    :ivar parent: the render within which it ran.
    :ivar tracer: records what it reads.
    :ivar unrecorded: why nothing is recorded; the app's own code runs then.
    :ivar box: the output with a box in place of each ignored part, if it has any.

    :param block: the block of the template that is rendered alone, ``""`` for the whole template.
    """

    def __init__(
        self,
        template: Template,
        block: str,
        parent: Render | None,
        compiled: Compiled | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.template = str(template.name or "")  # it may be markup
        self.block = block
        self.started = time.perf_counter()
        self.output: str | None = None
        self.error: Exception | None = None
        self.parent = parent
        self.pieces: list[str] = []
        self._sent: bytes | None = None
        self._trace = _NOTHING
        self._redaction: Redaction | None = None
        self._compiled = compiled
        self.tracer = tracer
        self.unrecorded = ""
        self.box: ShownOutput | None = None
        self._inner: list[Render] = []
        self._sink: Sink | None = None

    def start(self, sink: Sink) -> None:
        """Add this render to the renders of a request."""
        self._sink = sink
        if self.tracer is not None:
            self.tracer.sink = sink
        sink.opened(self)

    def finished(self, output: str, pieces: list[str] | None = None) -> None:
        """Note the output.

        :param pieces: the texts from which it was joined, if it was joined from texts.
        """
        self.output = output
        if pieces is not None:
            self.pieces = pieces
        self._give_away()

    def check(self, boundary: Boundary) -> None:
        """Report a failure of the recorder within the render, if there was one. Nothing of the
        render is kept then.
        """
        failure = None if self.tracer is None else self.tracer.failure
        if failure is not None:
            self.unrecorded = f"{RECORDER_FAILED}: {name_of_type(type(failure))}"
            boundary.failed("record what a template reads", failure)

    def failed(self, error: Exception) -> None:
        """Note that an exception ended the render, without output."""
        self.error = error
        self._give_away()

    def _give_away(self) -> None:
        """Let what the app was given count as the app's in later renders."""
        if self.tracer is not None and self.tracer.shared:
            keep(self.tracer.shared.values())

    @property
    def sent(self) -> bytes:
        """Return the output in the encoding of a response or message."""
        if self._sent is None:
            self._sent = encoded(self.output or "")
        return self._sent

    @property
    def reads(self) -> int:
        """Return the number of entries of the log."""
        return 0 if self.tracer is None else len(self.tracer.log) // 3

    def known_secrets(self) -> list[Secret]:
        """Return the texts and numbers that were read under sensitive names. They are known before
        the log is grouped.
        """
        hidden = () if self.tracer is None else tuple(self.tracer.secret.values())
        return [secret for secret in hidden if secret.read and type(secret.value) in LEAVES]

    @property
    def size(self) -> int:
        """Return an estimate of the bytes that this holds."""
        return _RENDER + _READ * self.reads + 2 * len(self.output or "")

    @property
    def ignores(self) -> bool:
        """Whether its output may contain ignored parts."""
        tracer = self.tracer
        if tracer is not None and (tracer.regions or self._inner):
            return True
        unseen = self._sink is not None and self._sink.unseen
        return unseen and (bool(self.unrecorded) or (tracer is not None and tracer.untraced))

    def group(self, sanitizer: GuardedSanitizer) -> None:
        """Group the log into a trace, and learn its secrets.

        Call this once, after the response has been sent, and for all renders of a batch before the
        first :meth:`frame`. A value that one render reads may have been passed to another one.

        :param sanitizer: decides what may be kept.
        """
        tracer = self.tracer
        if tracer is not None and tracer.failure is not None:
            self.unrecorded = self.unrecorded or RECORDER_FAILED
        if tracer is not None and self._compiled is not None and not self.unrecorded:
            redaction = Redaction(tracer.secret, sanitizer)
            self._trace = Grouping(tracer, redaction, sanitizer, (Request,)).trace()
            if self.ignores:
                self._ignore(tracer, self._compiled)
            if not self.unrecorded:
                self._redaction = redaction
        if self.output is not None and self._redaction is not None and tracer is not None:
            for name, value in sanitize_html.fields(self.output):
                sanitizer.learn_unkept({name: value})
            if self._trace is not None:  # a page may print a name, and then its value
                sanitizer.learn_from_texts([self.output], [*self._trace.answers.values()])
            page = self.output if self.box is None else self.box.text
            self._redaction.print(page, partial(self._pieces_of, tracer))
        if self.output and self.ignores and (self.box is None or self.box.hides(self.output)):
            placeholder = BOX if self.box is None else self.box.text
            sanitizer.memory.learn_exactly(self.output, placeholder)

    def report_ignored(self, before: Sequence[Render]) -> None:
        """Note in the renders that may contain this one that they have ignored parts.

        :param before: the renders that started earlier. Renders of streams have no parent.
        """
        text = self.output or ""
        for outer in before:
            if outer is self.parent or (len(text) >= _DISTINCTIVE and text in (outer.output or "")):
                outer._inner.append(self)

    def _ignore(self, tracer: Tracer, compiled: Compiled) -> None:
        """Find the output without its ignored parts. If that is uncertain, nothing of the render is
        kept.
        """
        if tracer.untraced and self._sink is not None and self._sink.unseen:
            self.unrecorded = (
                "a replay_ignore block is in a template that only the app's own code renders"
            )
        elif tracer.depth:
            self.unrecorded = "a replay_ignore block did not end"
        elif self.block.endswith("()"):
            self.unrecorded = "a replay_ignore block may show the macro's arguments"
        elif self.output is not None:
            pieces = self._pieces_of(tracer)
            found: ShownOutput | None = shown(pieces)
            read = (
                [*self._trace.answers.values(), *self._trace.held.values()]
                if tracer.composition.alike
                else []
            )
            if len(tracer.composition.seen(pieces)) < tracer.regions or reveals(
                tracer.composition.ignored_texts(), texts_in(read)
            ):
                found = None
            escapes = bool(self._inner) and read_template(compiled.document).autoescape
            for render in self._inner:
                if found is not None:
                    found = without(found, render.output or "", render.box, escapes=escapes)
            self.box = found
            if found is None:
                self.unrecorded = (
                    "the output of a replay_ignore block was changed before it was printed"
                )

    def _pieces_of(self, tracer: Tracer) -> list[str]:
        """Return the pieces from which the output was joined. A native environment joins none."""
        if self.box is not None:
            return self.box.pieces
        texts = all(issubclass(type(piece), str) for piece in self.pieces)
        return tracer.composition.apart(self.pieces) if texts else []

    def frame(self, offset_ms: int, parent: int = -1) -> tuple[Frame, dict[str, bytes]]:
        """Return the event, and the documents it refers to by content hash. The log is freed.

        :param offset_ms: milliseconds since the recording started.
        :param parent: the number of the parent's frame in the batch, -1 for none.
        """
        tracer, redaction, output = self.tracer, self._redaction, self.output
        if tracer is None or self._compiled is None or redaction is None:
            return self._unrecorded_frame(offset_ms, parent), {}
        setup = tracer.setup
        documents = {
            template.compiled.key: template.compiled.document
            for template in tracer.templates.values()
        }
        trace = redaction.scrub(self._trace, documents.values())
        entry, found = self._compiled.key, tracer.found
        if own := own_texts(tracer.templates.values(), setup, redaction.memory):
            redaction.values.update(*(text.secrets for text in own.values()))
            keys = {key: text.key for key, text in own.items()}
            documents = {
                keys.get(key, key): own[key].document if key in own else documents[key]
                for key in documents
            }
            entry, found = (
                keys.get(entry, entry),
                {name: keys.get(key, key) for name, key in found.items()},
            )
            trace = renamed(trace, keys)
        page, parts = (output, 0) if self.box is None else (self.box.text, self.box.parts)
        masked = None if page is None else redaction.masked(page)
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
            digest=b"" if page is None else digest(self.sent if page is output else encoded(page)),
            ignored=parts,
            masked=b"" if masked is None else digest(encoded(masked)),
            redacted=len(redaction.values),
            tokens=len(redaction.tokens),
            stopped=output is None,
            parent=parent,
            flags=(*flags, "untraced") if tracer.untraced else flags,
        )
        self._drop()
        tracer.composition.clear()
        if self.error is not None:
            tracer.shares = True  # its traceback leads to the macros
        if output is not None or self.error is not None:  # otherwise the render may be resumed
            tracer.release()
        return frame, documents

    def _drop(self) -> None:
        """Drop what refers to the render, and what its request would keep until the garbage
        collector frees it.
        """
        self.pieces, self._trace = [], _NOTHING
        self._redaction = self._sink = None

    def _unrecorded_frame(self, offset_ms: int, parent: int) -> Frame:
        """Return the event of a render of which nothing is kept. It has no digest either, because a
        short text can be guessed from its digest.
        """
        self._drop()
        return Frame(
            offset_ms=offset_ms,
            template=self.template,
            block=self.block,
            stopped=self.output is None,
            parent=parent,
            flags=(f"{UNRECORDED}{self.unrecorded}",) if self.unrecorded else (),
        )


def frames(
    renders: Sequence[Render], offset_ms: Callable[[float], int], sanitizer: GuardedSanitizer
) -> tuple[list[Frame], dict[str, bytes]]:
    """Return the frames of the renders of a batch, and the documents that they refer to.

    :param offset_ms: returns the offset of a time in the recording.
    """
    numbers = {id(render): number for number, render in enumerate(renders)}
    made: list[Frame] = []
    documents: dict[str, bytes] = {}
    # inner renders first, because they are part of the outer ones
    for number, render in reversed([*enumerate(renders)]):
        render.group(sanitizer)
        if render.ignores:
            render.report_ignored(renders[:number])
    for render in renders:
        frame, used = render.frame(offset_ms(render.started), numbers.get(id(render.parent), -1))
        made.append(frame)
        documents.update(used)
    return made, documents
