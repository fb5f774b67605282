"""The runtime that replays: from a trace back to HTML, and the proof that it is the same."""

from .pages import page
from .remembering import Remembering
from .renderer import Rendered, Renderer
from .verify import Outcome, Verdict, Verification, verify, verify_all

__all__ = [
    "Outcome",
    "Remembering",
    "Rendered",
    "Renderer",
    "Verdict",
    "Verification",
    "page",
    "verify",
    "verify_all",
]
