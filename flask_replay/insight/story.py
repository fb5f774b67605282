"""The session in sentences, made by rules from the recording.

"Ann searched for “clo”, opened *Cloud Atlas*, put *Cloud Atlas* into the cart, and tried to use the
coupon GIFT: refused, “It expired on 3 May.”"
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..recording.model import Recording
from ..recording.remarks import NO_REMARKS, Remarks
from ..recording.summary import RecordingStatus
from . import english as words
from .acts import Act, acts
from .observing import ObservingRenderer


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of a story.

    :param offset_ms: milliseconds since the recording started.
    :param step: the number of its batch.
    :param kind: ``"page"``, ``"search"``, ``"form"``, ``"refused"``, ``"error"``, ``"part"``,
        ``"message"``, ``"program"``, ``"render"``; ``"note"`` for a note of a person.
    :param text: what was done, without a subject.
    :param until: the number of the last batch that belongs to it, if there are several.
    """

    offset_ms: int
    step: int
    kind: str
    text: str
    until: int = -1


class Story(msgspec.Struct, frozen=True, omit_defaults=True):
    """A session as a story.

    :param id: id of the recording.
    :param subject: the person or program that the story is about.
    :param facts: date, duration and counts.
    :param lines: the events, in order.
    :param notes: what is missing from the recording.
    :param remarks: the remarks of people on the recording.
    """

    id: str
    subject: str
    facts: str
    lines: list[Line] = []
    notes: tuple[str, ...] = ()
    remarks: Remarks = NO_REMARKS

    @property
    def text(self) -> str:
        """Return the story in sentences."""
        sentences: list[str] = []
        pending: list[str] = []
        who, last = self.subject, 0
        for line in self.lines:
            paused = line.offset_ms - last >= STORY_PAUSE
            if pending and (len(pending) == words.MANY or paused):
                sentences.append(words.sentence(who, pending))
                who, pending = words.THEY, []
                if paused:
                    who = words.later(line.offset_ms - last, words.THEY.lower())
            pending.append(line.text)
            last = line.offset_ms
        return " ".join([*sentences, *([words.sentence(who, pending)] if pending else [])])

    def lines_and_notes(self) -> list[Line]:
        """Return the events, and the notes of people, in the order of the moments."""
        noted = [
            Line(
                note.at_ms,
                -1,
                NOTE_LINE,
                words.short(words.noted(note.text, note.author), MAX_LINE),
            )
            for note in self.remarks.notes
        ]
        return sorted([*self.lines, *noted], key=lambda line: line.offset_ms)

    def beside(self) -> list[str]:
        """Return further facts: what is missing from the recording, and its tags."""
        tags = self.remarks.tags
        return [*self.notes, *([words.tagged(tags)] if tags else [])]

    def plain(self) -> list[str]:
        """Return the story as lines for a terminal."""
        head = [f"{self.subject}, {self.facts}", *(f"({fact})" for fact in self.beside())]
        lines = self.lines_and_notes()
        return [*head, *(f"{words.elapsed(line.offset_ms):>6}  {line.text}" for line in lines)]

    def markdown(self) -> str:
        """Return the story as Markdown, for a ticket or a language model."""
        marked = words.markdown
        head = [
            f"## {marked(self.subject)}, {marked(self.facts)}",
            "",
            f"Recording `{self.id}`.",
            "",
        ]
        quoted = [f"> {marked(one)}" for one in self.beside()]
        lines = [
            f"- {words.elapsed(line.offset_ms)} {marked(line.text)}"
            for line in self.lines_and_notes()
        ]
        return "\n".join([*head, *([*quoted, ""] if quoted else []), *lines, ""])


NOTE_LINE = "note"
"""The kind of a line that is a note of a person."""

MAX_LINE = 1_000
"""Characters of a line."""

STORY_PAUSE = 30_000
"""A pause of this many milliseconds is mentioned."""


def story(
    recording: Recording,
    observing: ObservingRenderer,
    clock: Callable[[float], str] = words.moment,
    remarks: Remarks = NO_REMARKS,
) -> Story:
    """Return the story of a session. Never raises, whatever the recording holds.

    :param observing: renders the pages, for their titles and messages.
    :param clock: formats a moment, given in seconds since 1970.
    :param remarks: the remarks of people on the recording.
    """
    summary = recording.summary
    run = next((batch.run for batch in recording.batches if batch.run is not None), None)
    called = run.metadata.get("agent_run") if run is not None else None
    named = called if isinstance(called, str) else summary.name
    subject = words.short(named) or (words.SOMEBODY if run is None else words.PROGRAM_WORDS)
    counted = [words.count(summary.tally.pages, "page"), words.count(summary.tally.errors, "error")]
    facts = ", ".join((clock(summary.started_at), words.elapsed(summary.duration_ms), *counted))
    return Story(
        summary.id,
        subject,
        facts,
        [_line(act) for act in acts(recording, observing)],
        _notes(recording),
        remarks,
    )


def _line(act: Act) -> Line:
    return Line(
        act.offset_ms,
        act.step,
        act.kind,
        words.short(act.text, MAX_LINE),
        act.until if act.until > act.step else -1,
    )


_FLAGS = {
    "capped": "the recording reached its limit, so its end is missing",
    "torn": "a part of the recording was lost",
    "cut": "a request was too large to be kept completely",
    "parted": "they continued as another user, in another recording",
    "continued": "this continues an earlier recording of theirs",
}


def _notes(recording: Recording) -> tuple[str, ...]:
    summary = recording.summary
    found = [text for flag, text in _FLAGS.items() if flag in summary.flags]
    if summary.status == RecordingStatus.INTERRUPTED:
        found.append("the recording was interrupted, so its end may be missing")
    if summary.previous:
        found.append(f"before, they were another user: recording {summary.previous}")
    if summary.status == RecordingStatus.ACTIVE:
        found.append("it is still running")
    return tuple(found)
