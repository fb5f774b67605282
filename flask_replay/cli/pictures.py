"""``flask replay shot | video``: make pictures of a recording from the shell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from ..player.pictures import take_film, take_picture
from ..player.scenes import Scenes
from ..recording.device import device_of
from ..recording.model import Recording
from .common import Parameter, current_replay, current_state, plainly, progress, replay_cli, say


class MomentOption(Parameter):
    """A moment of a recording: ``63``, ``63.5``, ``1:03``, ``1:02:03.5``; in milliseconds."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the moment in milliseconds."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d+)?)", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is not a moment such as 1:03 or 63.5", param, ctx)
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return round(1000 * (3600 * hours + 60 * minutes + seconds))


class SizeOption(Parameter):
    """The size of a window: ``390x844``."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return width and height, in CSS pixels."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", str(value).strip().lower())
        if match is None:
            self.fail(f"{value!r} is not a size such as 390x844", param, ctx)
        return int(match[1]), int(match[2])


_size = click.option(
    "--size", type=SizeOption(), help="The window's size in CSS pixels. Default: the visitor's."
)


def _found(id: str, file: Path) -> tuple[Recording, Scenes]:
    state = current_state()
    recording = current_replay().recordings.get(id)
    state.audit("export", id, str(file))
    return recording, Scenes(state.recordings, state.renderer)


def _size_of(recording: Recording) -> tuple[int, int]:
    """Return the size of the visitor's window."""
    device = device_of(recording.batches, recording.summary.facets)
    return device.width, device.height


@replay_cli.command(short_help="Write a picture of a recording at a moment.")
@click.argument("id")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--at", type=MomentOption(), default=0, help="The moment: 1:03, 63.5. Default: the first page."
)
@_size
@plainly
def shot(id: str, file: Path, at: int, size: tuple[int, int] | None) -> None:
    """Write a picture of the recording ID at a moment to FILE, a .png or .jpg.

    \b
    Example:
      flask replay shot 01jd3m4yq8x7c5tkz2v9bnw6ef --at 1:03 out.png
    """
    recording, scenes = _found(id, file)
    step = take_picture(recording, scenes, at, file, size or _size_of(recording))
    request = step.batch.request
    say(f"{file}: {'the screenshot of a program' if request is None else request.url}")


@replay_cli.command()
@click.argument("id")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--skip-idle", is_flag=True, help="Shorten every longer pause to two seconds.")
@_size
@plainly
def video(id: str, file: Path, skip_idle: bool, size: tuple[int, int] | None) -> None:
    """Write a video of the recording ID to FILE, an .mp4. Each page is shown as long as the visitor
    saw it.

    \b
    Example:
      flask replay video 01jd3m4yq8x7c5tkz2v9bnw6ef out.mp4 --skip-idle
    """
    recording, scenes = _found(id, file)
    with progress("taking pictures") as advance:
        pages = take_film(
            recording,
            scenes,
            file,
            size or _size_of(recording),
            skip_idle=skip_idle,
            progress=advance,
        )
    say(f"{file}: {pages} pages, {file.stat().st_size:,} bytes")
