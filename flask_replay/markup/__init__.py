"""Find the references in pages and stylesheets as browsers do, in time linear in the text."""

from .references import (
    CANDIDATE,
    EFFECT,
    FRAME,
    IMAGE,
    OBJECT,
    OTHER,
    SCRIPT,
    SPRITE,
    STYLE,
    Replace,
    browser_address,
    own_base,
    rewrite,
)
from .scripts import rewrite_imports
from .styles import css_text, rewrite_css

__all__ = [
    "CANDIDATE",
    "EFFECT",
    "FRAME",
    "IMAGE",
    "OBJECT",
    "OTHER",
    "SCRIPT",
    "SPRITE",
    "STYLE",
    "Replace",
    "browser_address",
    "css_text",
    "own_base",
    "rewrite",
    "rewrite_css",
    "rewrite_imports",
]
