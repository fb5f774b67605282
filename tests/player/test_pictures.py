"""Pictures and films of recordings, made by commands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from imageio_ffmpeg import count_frames_and_secs
from PIL import Image

from flask_replay.cli.pictures import MomentOption
from flask_replay.player.pictures import step_at
from flask_replay.player.steps import follow_steps
from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage

from .handmade import keep, step, summarize

COLOURS = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255)}
VISIT = [
    step(
        at,
        f"/{name}",
        "<!doctype html><script>document.body.innerHTML = ''</script><body "
        f"style='background:{name}'>",
    )
    for at, name in ((0, "red"), (1_000, "green"), (6_000, "blue"))
]


@pytest.fixture
def recording(storage: FileStorage) -> str:
    """Store a visit of three pages, and return its id."""
    return keep(storage, VISIT)


def run(app: Flask, *arguments: object) -> Result:
    """Run a command in a separate thread, because Playwright cannot be started twice in one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(
            app.test_cli_runner().invoke, args=["replay", *map(str, arguments)]
        ).result()


def test_a_picture_shows_the_page_of_a_moment(app: Flask, recording: str, tmp_path: Path) -> None:
    """In a window of the chosen size. No script of the page runs."""
    file = tmp_path / "out.png"
    result = run(app, "shot", recording, file, "--at", "0:01", "--size", "390x844")
    assert result.output == f"{file}: /green\n"
    with Image.open(file) as picture:
        assert picture.size == (390, 844)
        assert picture.convert("RGB").getpixel((200, 400)) == COLOURS["green"]


def test_a_picture_of_a_phone_shows_a_page_as_small_as_it_was(
    app: Flask, storage: FileStorage, tmp_path: Path
) -> None:
    """If the page was made for desktops: phones lay it out for 980 pixels."""
    page = "<!doctype html><body style='margin: 0'><p style='margin: 0; width: 490px; height: 900px; background: green'>"
    visit = [
        step(at, "/", page, request_headers={"User-Agent": "Mozilla/5.0 (iPhone) Mobile Safari"})
        for at in (0, 9)
    ]
    file = tmp_path / "out.png"
    run(app, "shot", keep(storage, visit), file)
    with Image.open(file).convert("RGB") as picture:
        assert picture.size == (390, 844)
        assert [picture.getpixel((x, 100)) for x in (190, 200)] == [
            COLOURS["green"],
            (255, 255, 255),
        ]


@pytest.mark.parametrize(
    ("moment", "colour"),
    [
        ("0", "red"),
        ("0.9", "red"),
        ("0:01", "green"),
        ("5", "green"),
        ("00:06", "blue"),
        ("1:00:00", "blue"),
    ],
)
def test_a_moment_belongs_to_the_page_shown_at_that_time(moment: str, colour: str) -> None:
    """From the start of the page to the start of the next one."""
    steps = follow_steps(Recording(summary=summarize(VISIT), batches=VISIT))
    request = step_at(steps, MomentOption().convert(moment, None, None)).batch.request
    assert request is not None
    assert request.url == f"/{colour}"


@pytest.mark.parametrize(("options", "seconds"), [(("--skip-idle",), 5)])
def test_a_film_shows_each_page_for_its_duration(
    app: Flask, recording: str, tmp_path: Path, options: tuple[str, ...], seconds: int
) -> None:
    """Longer pauses are cut to two seconds."""
    file = tmp_path / "out.mp4"
    result = run(app, "video", recording, file, "--size", "160x120", *options)
    assert "3 pages" in result.output
    assert count_frames_and_secs(str(file))[1] == pytest.approx(seconds, abs=0.2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at", "soon"), "not a moment such as 1:03"),
        (("--size", "big"), "not a size such as 390x844"),
        (("--at", "-1"), "not a moment"),
    ],
)
def test_invalid_options_are_refused(
    app: Flask, recording: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """In one line that says what is valid."""
    result = run(app, "shot", recording, tmp_path / "x.png", *arguments)
    assert result.exit_code != 0
    assert said in result.output


def test_a_recording_without_pages_has_no_picture(
    app: Flask, storage: FileStorage, tmp_path: Path
) -> None:
    """And the command says so."""
    empty = keep(storage, [step(0, "/a", status=302), step(10, "/b", status=302)])
    result = run(app, "shot", empty, tmp_path / "x.png")
    assert (result.exit_code, result.output) == (
        1,
        "Error: this recording has no page to show\n",
    )
