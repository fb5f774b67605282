"""A page that is read piece by piece has the same pieces as without the recorder."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from ..conftest import recordings_of


def test_pieces_stay_markup(app: Flask) -> None:
    """Adding them gives the same text."""
    seen: list[list[type]] = []

    @app.get("/pieces")
    def pieces() -> str:
        template = app.jinja_env.from_string("<p>{{ name }}</p>{{ 3 }}")
        kinds = [type(piece) for piece in template.generate(name="<ann>")]
        seen.append(kinds)
        return "done"

    app.test_client().get("/pieces").close()
    (recording,) = recordings_of(app)
    assert len(list(recording.frames)) == 1
    assert Markup in seen[0]
