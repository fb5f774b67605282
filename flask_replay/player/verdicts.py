"""The verdict on a whole page: the worst of its frames'."""

from __future__ import annotations

from typing import Any

from ..recording.model import Batch
from ..replaying import Renderer, Verdict, verify
from ..replaying.verify import DIFFERENT, IDENTICAL, REDACTED, UNFINISHED

LITERAL = "kept as it was sent"
"""The page was made by no template: its text itself is in the recording."""

_WORST = (DIFFERENT, UNFINISHED, REDACTED, IDENTICAL)


def page_verdict(batch: Batch, then: Renderer, now: Renderer | None = None) -> dict[str, Any]:
    """Compare the page of a request with what the visitor was sent.

    :param now: renders with today's templates; when given, the verdict is on that.
    """
    request = batch.request
    frames = batch.frames
    parts = request.parts if request is not None else ()
    verdicts: list[Verdict] = [
        verify(part, frames[part], then, now) for part in parts if isinstance(part, int) and 0 <= part < len(frames)
    ]
    found = {verdict.verdict for verdict in verdicts}
    worst = next((word for word in _WORST if word in found), LITERAL)
    return {
        "verdict": worst if parts else "",
        "missing": [name for verdict in verdicts for name in verdict.missing],
        "problem": "; ".join(dict.fromkeys(verdict.problem for verdict in verdicts if verdict.problem)),
        "diff": "\n".join(verdict.diff for verdict in verdicts if verdict.diff),
    }
