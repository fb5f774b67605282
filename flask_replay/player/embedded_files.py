"""The files of a recording as pages hold them that have no server: by number, or in the page
itself.
"""

from __future__ import annotations

import base64
import re
import secrets
from contextlib import suppress

from ..errors import RecordingNotFound
from ..markup import css_text
from ..recording.model import Recording
from .scenes import How, Scenes
from .shelf import CSS, File

_DEEPEST = 8
"""Stylesheets within one another that are held; each is written within the one before, which takes
a third more.
"""


class HeldFiles:
    """The files that the pages of a recording load, each once.

    :ivar place: begins what stands in pages and stylesheets in place of a file's address; its
        number follows. No page knows it, so that none has it in its text a thousand times, each to
        become a file.
    :ivar how: a way to look at pages by which their files are named so.
    :ivar held: of each its type, its content, and whether that is its text; else it is base64.
    """

    def __init__(self, scenes: Scenes, recording: Recording) -> None:
        self.scenes = scenes
        self.recording = recording
        self.place = f"file{secrets.token_hex(8)}:"
        self.how = How(address=self.address)
        self.numbers: dict[tuple[str, str, int], int] = {}
        self.held: list[tuple[str, str, bool]] = []
        self.depth = 0

    def address(self, file: File, path: str, since: int) -> str:
        """Return what stands in a page for a file; of stylesheets each place is one, for what is
        relative in it.
        """
        name = (file.key, path, since) if file.mimetype == CSS else (file.key, "", 0)
        number = self.numbers.get(name)
        if number is None:
            number = self.numbers[name] = len(self.held)
            self.held.append((file.mimetype, "", True))
            if self.depth < _DEEPEST:
                self.depth += 1
                self._hold(number, file, path, since)
                self.depth -= 1
        return f"{self.place}{number}"

    def _hold(self, number: int, file: File, path: str, since: int) -> None:
        """Hold a file, and what it refers to; one that the store has lost is empty."""
        with suppress(RecordingNotFound):
            content = self.scenes.recordings.document(file.key)
            if file.mimetype == CSS:
                files = self.scenes.files(self.recording, since, self.how)
                content = files.stylesheet(css_text(content), path).encode()
            self.held[number] = file.mimetype, *_written(content)

    def placed(self, text: str, within: frozenset[int] = frozenset()) -> str:
        """Return a page with its files in it; stylesheets that import each other end somewhere.

        :param within: numbers of the stylesheets that the text is in.
        """

        def data(match: re.Match[str]) -> str:
            number = int(match[1])
            if number >= len(self.held) or number in within:
                return "data:,"
            mimetype, content, is_text = self.held[number]
            if mimetype == CSS:
                content = self.placed(content, within | {number})
            written = base64.b64encode(content.encode()).decode() if is_text else content
            charset = (
                ";charset=utf-8" if mimetype == CSS else ""
            )  # whatever the stylesheet says that it was in
            return f"data:{mimetype}{charset};base64,{written}"

        return re.sub(rf"{self.place}(\d+)", data, text)


def _written(content: bytes) -> tuple[str, bool]:
    """Return how a file is written, and whether that is its text; else it is base64."""
    with suppress(UnicodeDecodeError):
        return content.decode(), True
    return base64.b64encode(content).decode(), False
