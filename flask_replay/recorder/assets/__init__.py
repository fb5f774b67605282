"""Keep the files that recorded pages refer to, by content: stylesheets, images, fonts, scripts."""

from .from_views import is_asset, is_code, is_for_page, kept_asset
from .library import Library, Sought

__all__ = ["Library", "Sought", "is_asset", "is_code", "is_for_page", "kept_asset"]
