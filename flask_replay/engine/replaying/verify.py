"""Compare the output of a recording with what the visitor received."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from ...recording.events import Frame
from .digests import is_identical, is_masked
from .renderer import Rendered, Renderer


class Outcome(StrEnum):
    """The result of verifying a frame, in words for people."""

    IDENTICAL = "identical"
    IDENTICAL_BUT_REDACTED = "identical but for redacted values"
    IDENTICAL_BUT_IGNORED = "identical but for ignored parts"
    DIFFERENT = "different"
    UNFINISHED = "unfinished"
    """The render raised, or its reader went away, so there is no digest to compare with."""
    NOT_RECORDED = "not recorded"
    """The app's own code rendered it."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one frame.

    :param frame: its number in the recording, from 0.
    :param verdict: the result.
    :param redacted: how many values were redacted, without tokens against forgery.
    :param tokens: how many tokens against forgery were redacted.
    :param ignored: parts of the page that are not recorded, by ``{% replay_ignore %}``.
    :param diff: a unified diff of the original and the output of the present templates, if they
        differ; empty unless the recorded templates still render the original.
    """

    frame: int
    template: str
    verdict: Outcome
    diff: str = ""
    missing: tuple[str, ...] = ()
    problem: str = ""
    redacted: int = 0
    tokens: int = 0
    ignored: int = 0


class Verification(msgspec.Struct, frozen=True):
    """The verdicts on all frames of a recording.

    :param literal: characters of its pages that no template made, so that no frame explains or
        proves them.
    """

    id: str
    verdicts: tuple[Verdict, ...]
    literal: int = 0

    @property
    def frames(self) -> int:
        """Return the number of frames."""
        return len(self.verdicts)

    @property
    def identical(self) -> int:
        """Return the number of frames that render byte for byte what was sent, except for tokens
        against forgery.
        """
        return sum(verdict.verdict == Outcome.IDENTICAL for verdict in self.verdicts)

    @property
    def redacted(self) -> int:
        """Return the number of frames that render what was sent, except for redacted values."""
        return sum(verdict.verdict == Outcome.IDENTICAL_BUT_REDACTED for verdict in self.verdicts)

    @property
    def differences(self) -> tuple[Verdict, ...]:
        """Return the verdicts on frames that render something else."""
        return tuple(verdict for verdict in self.verdicts if verdict.verdict == Outcome.DIFFERENT)

    @property
    def ok(self) -> bool:
        """Whether no frame is different."""
        return not self.differences


def judge(frame: Frame, rendered: Rendered) -> Outcome:
    """Compare a frame's digest with its output.

    A frame in which only tokens against forgery were redacted counts as identical, because they are
    not the visitor's data.
    """
    if frame.unrecorded:
        return Outcome.NOT_RECORDED
    if frame.stopped:
        return Outcome.UNFINISHED
    same = Outcome.IDENTICAL_BUT_IGNORED if frame.ignored else Outcome.IDENTICAL
    if is_identical(frame, rendered.html):
        return same
    if is_masked(frame, rendered.html):
        return same if frame.tokens and not frame.redacted else Outcome.IDENTICAL_BUT_REDACTED
    return Outcome.DIFFERENT


def verify(number: int, frame: Frame, then: Renderer, now: Renderer | None = None) -> Verdict:
    """Render a frame and compare it with what was sent.

    :param number: number of the frame in its recording.
    :param then: a renderer with the recorded templates.
    :param now: a renderer with the present templates, whose output is compared if given.
    """
    rendered = then.render(frame) if now is None else now.render(frame)
    verdict = judge(frame, rendered)
    diff = ""
    if verdict == Outcome.DIFFERENT and now is not None:
        before = then.render(frame)
        if judge(frame, before) != Outcome.DIFFERENT:
            diff = unified(before.html, rendered.html)
    problem = "" if frame.stopped else rendered.problem
    return Verdict(
        frame=number,
        template=frame.template,
        verdict=verdict,
        diff=diff,
        missing=rendered.missing,
        problem=problem,
        redacted=frame.redacted,
        tokens=frame.tokens,
        ignored=frame.ignored,
    )


def verify_all(
    recording_id: str,
    frames: Iterable[Frame],
    then: Renderer,
    now: Renderer | None = None,
    literal: int = 0,
) -> Verification:
    """Verify all frames of a recording.

    :param literal: characters of its pages that are in no frame.
    """
    verdicts = tuple(verify(number, frame, then, now) for number, frame in enumerate(frames))
    return Verification(recording_id, verdicts, literal)


def unified(before: str, after: str) -> str:
    """Return the unified diff of two pages."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "as sent", "as rendered", lineterm=""
    )
    return "\n".join(lines)
