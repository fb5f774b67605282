"""The verdict on a whole page: the worst of its frames' verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from ..engine.replaying import Outcome, Renderer, Verdict, verify
from ..recording.batch import Batch


class PageOutcome(StrEnum):
    """Further outcomes for a page, in words for people."""

    BROKEN = "could not be rendered"
    INCOMPLETE = "not all of it was kept"
    LITERAL = "kept as it was sent"
    """No template produced it. The recording has its text."""


STATES: dict[Outcome | PageOutcome, str] = {
    PageOutcome.BROKEN: "broken",
    Outcome.DIFFERENT: "different",
    PageOutcome.INCOMPLETE: "incomplete",
    Outcome.NOT_RECORDED: "unrecorded",
    Outcome.UNFINISHED: "unfinished",
    Outcome.IDENTICAL_BUT_REDACTED: "redacted",
    Outcome.IDENTICAL_BUT_IGNORED: "ignored",
    Outcome.IDENTICAL: "identical",
    PageOutcome.LITERAL: "literal",
}
"""All outcomes, the worst first, with their names in the player's script."""


def page_verdict(batch: Batch, then: Renderer, now: Renderer | None = None) -> dict[str, Any]:
    """Compare the page of a request with the original.

    :param now: a renderer with the present templates, whose output is compared if given.
    """
    request = batch.request
    frames = batch.frames
    numbers = [part for part in batch.parts if isinstance(part, int)]
    verdicts = [
        verify(part, frames[part], then, now) for part in numbers if 0 <= part < len(frames)
    ]
    found = {_outcome(verdict) for verdict in verdicts}
    problems = [verdict.problem for verdict in verdicts if verdict.problem]
    if len(verdicts) < len(numbers):
        found.add(PageOutcome.BROKEN)
        problems.append("a part of the page is not in the recording")
    if request is not None and "parts" in request.flags:
        found.add(PageOutcome.INCOMPLETE)
        problems.append("text that no template made was longer than REPLAY_RAW_HTML allows")
    worst = next((word for word in STATES if word in found), PageOutcome.LITERAL)
    return {
        "state": STATES[worst],
        "text": _in_words(worst, sum(verdict.ignored for verdict in verdicts)),
        "missing": list(dict.fromkeys(name for verdict in verdicts for name in verdict.missing)),
        "problem": "; ".join(dict.fromkeys(problems)),
        "diff": "\n".join(verdict.diff for verdict in verdicts if verdict.diff),
    }


def with_files(
    verdict: dict[str, Any], missing: Sequence[str], hosts: Sequence[str]
) -> dict[str, Any]:
    """Return a verdict with the files that differ from what the visitor saw.

    :param missing: addresses of files that are not kept.
    :param hosts: other hosts whose files are not shown.
    """
    notes = [f"{len(missing)} file{'s' * (len(missing) != 1)} not kept"] if missing else []
    notes += [f"nothing from {', '.join(hosts)}"] if hosts else []
    lacks = [
        *missing,
        *(f"what {host} serves: REPLAY_EXTERNAL_ASSETS may allow it" for host in hosts),
    ]
    return {
        **verdict,
        "text": "; ".join((verdict["text"], *notes)),
        "missing": [*verdict["missing"], *lacks],
        "files": {"missing": list(missing), "hosts": list(hosts)},
    }


def _in_words(word: Outcome | PageOutcome, ignored: int) -> str:
    """Return a verdict in words, with the number of ignored parts for an identical page."""
    parts = f"{ignored} ignored part{'s' * (ignored != 1)}"
    if word is Outcome.IDENTICAL_BUT_IGNORED:
        return f"identical but for {parts}"
    return f"{word} and {parts}" if word == Outcome.IDENTICAL_BUT_REDACTED and ignored else word


def _outcome(verdict: Verdict) -> Outcome | PageOutcome:
    return (
        PageOutcome.BROKEN
        if verdict.problem and verdict.verdict == Outcome.DIFFERENT
        else verdict.verdict
    )
