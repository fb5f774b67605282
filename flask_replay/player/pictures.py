"""Pictures and videos of a recording, taken by a browser without network access and without running
the scripts of its pages.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import ReplayError
from ..recording.device import Device
from ..recording.model import Recording
from .embedded_files import EmbeddedFiles
from .scenes import Scenes
from .steps import Step, StepKind

_SHOWN = frozenset({StepKind.PAGE, StepKind.FRAGMENT, StepKind.SNAPSHOT})
_PAUSE = 2_000
"""Milliseconds that remain of a pause if idle time is skipped."""

_LONGEST = 3_600_000
"""Milliseconds for which a page is shown at most."""

_LAST = 2_000
"""Milliseconds for which a video shows its last page."""

_LEAST = 40
"""Milliseconds for which a page is shown at least: one frame at 25 per second."""

_EXTRA = "install Flask-Replay[pictures], and a Chromium (Debian: apt-get install chromium)"

_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Commands that are searched for. The first is Chromium without its windows."""

_OPTIONS = [
    "--disable-gpu",
    *(["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
]
"""Options of the browser. It keeps its sandbox, because pages may be hostile, except for the
superuser, for whom it does not start with one.
"""

Size = tuple[int, int]
PictureProgress = Callable[[int, int], object]


def step_at(steps: Sequence[Step], milliseconds: int) -> Step:
    """Return the step whose page was shown at a moment: the last one before it, or else the first.

    :raises ReplayError: there is no page.
    """
    shown = [step for step in steps if step.shows in _SHOWN]
    if not shown:
        raise ReplayError("this recording has no page to show")
    return next((step for step in reversed(shown) if _begins(step) <= milliseconds), shown[0])


def take_picture(
    recording: Recording, scenes: Scenes, milliseconds: int, file: Path, size: Size
) -> Step:
    """Write a picture of the page at a moment, and return the step that it shows.

    :param size: size of the window, in CSS pixels.
    :raises ReplayError: no browser can be started, or there is nothing to see.
    """
    step = step_at(scenes.steps(recording), milliseconds)
    with _window(size, scenes.device(recording)) as page:
        _show(page, recording, scenes, step, EmbeddedFiles(scenes, recording))
        page.screenshot(path=str(file))
    return step


def take_film(
    recording: Recording,
    scenes: Scenes,
    file: Path,
    size: Size,
    *,
    skip_idle: bool,
    progress: PictureProgress,
) -> int:
    """Write a video that shows each page for its original time, and return the number of pages.

    :param skip_idle: shorten longer pauses to two seconds.
    :param progress: is called with the number of finished pages and the number of all pages.
    :raises ReplayError: no browser, or no ffmpeg, can be started, or there is nothing to see.
    """
    shown = [step for step in scenes.steps(recording) if step.shows in _SHOWN]
    step_at(shown, 0)
    files = EmbeddedFiles(scenes, recording)
    even = size[0] // 2 * 2, size[1] // 2 * 2
    with TemporaryDirectory() as folder, _window(even, scenes.device(recording)) as page:
        lines, total = ["ffconcat version 1.0"], 0
        for number, step in enumerate(shown, 1):
            _show(page, recording, scenes, step, files)
            page.screenshot(path=f"{folder}/{number}.png")
            ends = _begins(shown[number]) if number < len(shown) else _begins(step) + _LAST
            lasts = min(max(_LEAST, ends - _begins(step)), _PAUSE if skip_idle else _LONGEST)
            lines += [f"file {number}.png", f"duration {lasts / 1000:.3f}"]
            total += lasts
            progress(number, len(shown))
        # some versions would otherwise drop the duration of the last one
        lines.append(f"file {len(shown)}.png")
        (Path(folder) / "list.txt").write_text("\n".join(lines), "utf-8")
        _encode(Path(folder) / "list.txt", file, total)
    return len(shown)


def _begins(step: Step) -> int:
    return step.batch.events[0].offset_ms


def _show(
    page: Any, recording: Recording, scenes: Scenes, step: Step, files: EmbeddedFiles
) -> None:
    text = scenes.page(recording, step, files.how).get_data(as_text=True)
    page.set_content(files.placed(text), wait_until="load")


@contextmanager
def _window(size: Size, device: Device) -> Iterator[Any]:
    """Yield a page of a browser, which scales pages like the one on a phone if the device is one.

    :raises ReplayError: no browser can be started.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ReplayError(f"pictures need Playwright: {_EXTRA}") from None
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        except Error as error:
            raise ReplayError(
                f"no browser could be started: {_EXTRA}: {str(error).splitlines()[0]}"
            ) from None
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            is_mobile=device.has_touch_screen,
            offline=True,
            java_script_enabled=False,
        )
        yield context.new_page()
        browser.close()


def _encode(pictures: Path, file: Path, milliseconds: int) -> None:
    """Make a video of the pictures in a list.

    :param milliseconds: duration of the video.

    :raises ReplayError: there is no ffmpeg, or it failed.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        try:
            from imageio_ffmpeg import get_ffmpeg_exe
        except ImportError:
            raise ReplayError(f"videos need ffmpeg: {_EXTRA}") from None
        program = get_ffmpeg_exe()
    command = [program, "-v", "error", "-y", "-f", "concat", "-i", str(pictures)]
    command += [
        "-vf",
        "fps=25,format=yuv420p",
        "-t",
        f"{milliseconds / 1000:.3f}",
        "-movflags",
        "+faststart",
        str(file),
    ]
    import subprocess  # no other part of an app needs it

    # the command contains nothing from a visitor
    made = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if made.returncode:
        messages = made.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReplayError(f"ffmpeg failed: {messages[-1] if messages else made.returncode}")
