"""The player with an app's own name, color and templates."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from flask_replay import ConfigError
from flask_replay.player.coloring import contrast, style
from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, make_app

LIST = """{% extends "replay/list.html" %}
{% block title %}{{ super() }} of the shop{% endblock %}
{% block head %}<link rel="stylesheet" href="/own.css">{% endblock %}"""


def test_the_player_uses_the_apps_name_color_and_templates(
    folder: Path, storage: FileStorage, tmp_path: Path
) -> None:
    """A template can extend the one that it replaces. All others are the player's own. This also
    holds in a saved file.
    """
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "list.html").write_text(LIST)
    id = keep(storage, TOUR)
    options: dict[str, Any] = {
        "REPLAY_NAME": "Visits <now>",
        "REPLAY_COLOR": "#A52",
        "REPLAY_TEMPLATES": tmp_path / "own",
    }
    client = make_app(folder, **options).test_client()
    page = client.get("/replay/").text
    assert (
        "<title>Visits &lt;now&gt; of the shop</title>" in page
        and "Visits &lt;now&gt;</h1>" in page
    )
    assert (
        '<link rel="stylesheet" href="/own.css">' in page
        and 'href="/replay/color/aa5522.css"' in page
    )
    answer = client.get("/replay/color/aa5522.css")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/css", style("aa5522"))
    assert client.get("/replay/color/aa5523.css").status_code == 404
    assert "/color/aa5522.css" in client.get(f"/replay/{id}").text
    plain = make_app(folder).test_client()
    assert "<title>Recordings</title>" in plain.get("/replay/").text
    assert "/color/" not in plain.get("/replay/").text
    assert plain.get("/replay/color/aa5522.css").status_code == 404


def test_texts_are_readable_in_any_color_by_day_and_by_night() -> None:
    """The color itself on the page and on tinted backgrounds, and text on the color (WCAG 2.2,
    1.4.3).
    """
    random.seed(7)
    colors = [
        "000000",
        "ffffff",
        "ffff00",
        "0000ff",
        *(f"{random.randrange(1 << 24):06x}" for _ in range(200)),
    ]

    def rgb(text: str) -> tuple[float, float, float]:
        return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)

    for color in colors:
        found = [rgb(value) for value in re.findall(r"#([0-9a-f]{6})", style(color))]
        for (accent, on, wash), surface in ((found[:3], "ffffff"), (found[3:], "191d25")):
            assert min(contrast(accent, other) for other in (on, wash, rgb(surface))) >= 4.5, color
    assert style("2a5fd0").startswith(":root{--accent:#2a5fd0;--on-accent:#ffffff;")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("REPLAY_COLOR", "reddish", "REPLAY_COLOR must be a color, such as '#a0522d'"),
        ("REPLAY_COLOR", 7, "REPLAY_COLOR must be a color"),
        ("REPLAY_NAME", "", "REPLAY_NAME must be"),
        ("REPLAY_TEMPLATES", "nowhere", "REPLAY_TEMPLATES must be a folder below"),
    ],
)
def test_invalid_values_are_refused_when_the_app_starts(
    folder: Path, key: str, value: Any, message: str
) -> None:
    """The message says what is valid."""
    options: dict[str, Any] = {key: value}
    with pytest.raises(ConfigError, match=re.escape(message)):
        make_app(folder, **options)
