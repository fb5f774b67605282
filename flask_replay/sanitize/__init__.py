"""Sanitizing: names that mark secrets, HTML that carries them, and the hooks for an app's own
rules.
"""

from .names import Names
from .sanitizer import REDACTED, Sanitizer

__all__ = ["REDACTED", "Names", "Sanitizer"]
