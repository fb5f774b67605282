"""Keep the files that recorded pages refer to, by content: stylesheets, images, fonts, scripts."""

from .library import Library, Sought
from .own import is_asset, kept_asset

__all__ = ["Library", "Sought", "is_asset", "kept_asset"]
