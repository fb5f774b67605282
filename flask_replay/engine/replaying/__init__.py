"""The replaying runtime: it makes HTML from a trace, and proves that the HTML is the original."""

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
