"""The verdict on a whole page: the worst of its frames'."""

from __future__ import annotations

from typing import Any

from ..recording.model import Batch
from ..replaying import Renderer, Verdict, verify
from ..replaying.verify import DIFFERENT, IDENTICAL, IGNORED, REDACTED, UNFINISHED, UNRECORDED

LITERAL = "kept as it was sent"
"""The page was made by no template: its text itself is in the recording."""
INCOMPLETE = "not all of it was kept"
BROKEN = "could not be rendered"

STATES = {
    BROKEN: "broken",
    DIFFERENT: "different",
    INCOMPLETE: "incomplete",
    UNRECORDED: "unrecorded",
    UNFINISHED: "unfinished",
    REDACTED: "redacted",
    IGNORED: "ignored",
    IDENTICAL: "identical",
    LITERAL: "literal",
}
"""Every verdict, the worst first, and the word that the player's script knows it by."""


def page_verdict(batch: Batch, then: Renderer, now: Renderer | None = None) -> dict[str, Any]:
    """Compare the page of a request with what the visitor was sent.

    :param now: renders with today's templates; when given, the verdict is on that.
    """
    request = batch.request
    frames = batch.frames
    numbers = [part for part in batch.parts if isinstance(part, int)]
    verdicts = [verify(part, frames[part], then, now) for part in numbers if 0 <= part < len(frames)]
    found = {_verdict(verdict) for verdict in verdicts}
    problems = [verdict.problem for verdict in verdicts if verdict.problem]
    if len(verdicts) < len(numbers):
        found.add(BROKEN)
        problems.append("a part of the page is not in the recording")
    if request is not None and "parts" in request.flags:
        found.add(INCOMPLETE)
        problems.append("text that no template made was longer than REPLAY_RAW_HTML allows")
    worst = next((word for word in STATES if word in found), LITERAL)
    return {
        "state": STATES[worst],
        "text": _said(worst, sum(verdict.ignored for verdict in verdicts)),
        "missing": list(dict.fromkeys(name for verdict in verdicts for name in verdict.missing)),
        "problem": "; ".join(dict.fromkeys(problems)),
        "diff": "\n".join(verdict.diff for verdict in verdicts if verdict.diff),
    }


def _said(word: str, ignored: int) -> str:
    """Return a verdict in words; of what is identical, how much is ignored."""
    parts = f"{ignored} ignored part{'s' * (ignored != 1)}"
    if word == IGNORED:
        return f"identical but for {parts}"
    return f"{word} and {parts}" if word == REDACTED and ignored else word


def _verdict(verdict: Verdict) -> str:
    return BROKEN if verdict.problem and verdict.verdict == DIFFERENT else verdict.verdict
