"""The replaying runtime: it makes HTML from a trace, and proves that the HTML is the original."""

from .caching import CachingRenderer
from .pages import page
from .renderer import Rendered, Renderer
from .verify import Outcome, Verdict, Verification, verify, verify_all

__all__ = [
    "CachingRenderer",
    "Outcome",
    "Rendered",
    "Renderer",
    "Verdict",
    "Verification",
    "page",
    "verify",
    "verify_all",
]
