"""Keep the files that recorded pages refer to, by content: stylesheets, images, fonts, scripts."""

from .from_views import applied_type, is_asset, is_code, is_for_page, kept_asset
from .library import FileReferences, Library

__all__ = [
    "FileReferences",
    "Library",
    "applied_type",
    "is_asset",
    "is_code",
    "is_for_page",
    "kept_asset",
]
