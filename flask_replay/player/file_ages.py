"""Since when a file looks as it does at a step, with all that it loads.

Its address for viewers holds that step, so that pages share the file for as long as possible.
"""

from __future__ import annotations

import re
from contextlib import suppress

from ..errors import RecordingNotFound
from ..markup import css_text, rewrite_css
from .files import Files
from .recorded_files import CSS, SCRIPTS, File

_LOADS = re.compile(r"@import|image-set\(|url\(\s*+[\"']?+(?!data:)", re.IGNORECASE)
"""Occurs in stylesheets that may load something. Parsing a large one takes a tenth of a second."""


def same_since(files: Files, file: File, path: str) -> int:
    """Return the first batch from which a file is the same as at the step of its page. What scripts
    import and pages in frames load is not examined.

    :param files: of the page.
    """
    recorded, number = files.recorded, files.number
    since = recorded.since(number)
    if not recorded.varies:
        return since
    if file.framed or file.mimetype in SCRIPTS:
        return number
    return max(since, _sheet_since(files, file.key, path)) if file.mimetype == CSS else since


def _sheet_since(files: Files, key: str, path: str) -> int:
    """Return the first batch from which all that a stylesheet loads from views is the same."""
    recorded, number, since = files.recorded, files.number, 0
    waiting, seen = [(key, path)], set[tuple[str, str]]()
    while waiting:
        sheet = waiting.pop()
        if sheet in seen:
            continue
        seen.add(sheet)
        for url in _loaded_by(files, *sheet):
            since = max(since, recorded.same_since(url, number))
            file = recorded.find(url, number)
            if file is not None and file.mimetype == CSS:
                waiting.append((file.key, url.partition("?")[0]))
    return since


def _loaded_by(files: Files, key: str, path: str) -> tuple[str, ...]:
    """Return what a stylesheet loads from the app: paths with queries."""
    known = files.recorded.loaded.get((key, path))
    if known is not None:
        return known
    root = f"{files.origin}/{path.lstrip('/')}"
    found: dict[str, None] = {}

    def note(written: str) -> None:
        url = files.url(written, root)
        if url is not None:
            found[url] = None

    with suppress(RecordingNotFound):  # the store has lost it
        text = css_text(files.content(key))
        if _LOADS.search(text):
            rewrite_css(text, note, note)
    known = files.recorded.loaded[key, path] = tuple(found)
    return known
