"""The files of a recording within pages without a server: by number, or inside the page itself."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from contextlib import suppress

from ..errors import RecordingNotFound
from ..markup import css_text
from ..recording.model import Recording
from .recorded_files import CSS, DRAWING, HTML, PAGES, File
from .scenes import How, Scenes

_PLACED = frozenset({CSS, DRAWING, HTML})
"""The types of files that may contain placeholders."""

_DEEPEST = 8
"""Levels of stylesheets that import each other. Each level is encoded within the one above, which
takes a third more space.
"""


_FRAMES = 3
"""Levels of frames within frames. Each frame embeds its page, so the size grows exponentially."""

_Name = tuple[str, str, str, int, str]
"""Identifies a file: content hash, type, path, the first batch with the same files, and policy."""


class EmbeddedFiles:
    """The files that the pages of a recording load, each once.

    :ivar place: the prefix of placeholders for files in pages and stylesheets; the number of the
        file follows. It is random, so that a page cannot contain placeholders that would grow into
        thousands of files.
    :ivar how: how pages are shown with these placeholders in place of addresses.
    :ivar contents: for each file its type, its content, and whether the content is text; otherwise
        it is base64.
    """

    def __init__(self, scenes: Scenes, recording: Recording) -> None:
        self.scenes = scenes
        self.recording = recording
        self.place = f"file{secrets.token_hex(8)}:"
        self.how = How(address=self.address, framed=self.framed)
        self.numbers: dict[_Name, int] = {}
        self.contents: list[tuple[str, str, bool]] = []
        self.depth = 0

    def address(self, file: File, path: str, since: int) -> str:
        """Return the placeholder of a file. A stylesheet or page has one for each of its paths,
        because of its relative addresses.
        """
        placed = file.framed or file.mimetype == CSS
        kind = HTML if file.framed and file.mimetype in PAGES else file.mimetype
        where = (path, since, file.allowed) if placed else ("", 0, "")
        name = (file.key, kind, *where)
        return self._placeholder(name, kind, lambda number: self._load(number, file, path, since))

    def framed(self, number: int, key: str = "") -> str:
        """Return the placeholder of the page of an inner frame.

        :param number: the number of its step.
        """

        def load(place: int) -> None:
            page = self.scenes.inner(self.recording, number, self.how)
            self.contents[place] = HTML, page.get_data(as_text=True), True

        return self._placeholder(("", HTML, "", number, ""), HTML, load)

    def _placeholder(self, name: _Name, mimetype: str, load: Callable[[int], None]) -> str:
        """Return the placeholder of a file, which is loaded if it is new.

        :param load: loads the file, given its place in ``contents``.
        """
        number = self.numbers.get(name)
        if number is None:
            number = self.numbers[name] = len(self.contents)
            self.contents.append((mimetype, "", True))
            if self.depth < _DEEPEST:
                self.depth += 1
                load(number)
                self.depth -= 1
        return f"{self.place}{number}"

    def _load(self, number: int, file: File, path: str, since: int) -> None:
        """Add a file and the files to which it refers. A file that the store has lost is empty."""
        with suppress(RecordingNotFound):
            content = self.scenes.recordings.document(file.key)
            if file.mimetype == CSS:
                files = self.scenes.files(self.recording, since, self.how, [file.allowed])
                content = files.stylesheet(css_text(content), path).encode()
            elif file.mimetype == DRAWING:
                files = self.scenes.files(self.recording, since, self.how)
                content = (
                    files.framed_drawing(content, path) if file.framed else files.drawing(content)
                )
            elif file.framed and file.mimetype in PAGES:
                page = self.scenes.static_page(self.recording, file.key, path, since, self.how)
                content = page.encode("utf-8", "replace")
            self.contents[number] = self.contents[number][0], *_written(content)

    def placed(self, text: str, within: frozenset[int] = frozenset()) -> str:
        """Return a page with its files embedded. Recursive imports of stylesheets, and deep frames,
        are cut.

        :param within: numbers of the stylesheets and pages that contain the text.
        """

        def data(match: re.Match[str]) -> str:
            number = int(match[1])
            if number >= len(self.contents) or number in within:
                return "data:,"
            mimetype, content, is_text = self.contents[number]
            if mimetype == HTML and len(within) >= _FRAMES:
                return f"data:{HTML},"
            if mimetype in _PLACED and is_text:
                content = self.placed(content, within | {number})
            written = base64.b64encode(content.encode()).decode() if is_text else content
            # whatever encoding the file declares
            charset = ";charset=utf-8" if mimetype in _PLACED and is_text else ""
            return f"data:{mimetype}{charset};base64,{written}"

        return re.sub(rf"{self.place}(\d+)", data, text)


def _written(content: bytes) -> tuple[str, bool]:
    """Return the content of a file as text, and true; or as base64, and false."""
    with suppress(UnicodeDecodeError):
        return content.decode(), True
    return base64.b64encode(content).decode(), False
