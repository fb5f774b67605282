"""A sanitizer for one view, class of views or blueprint applies to everything in its requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask import Blueprint, Flask, jsonify, render_template_string, request
from flask.views import MethodView

from flask_replay import REDACTED, ConfigError, Replay, Sanitizer

from ..conftest import recordings_of, replay_of

NAME = "Erika Mustermann"


class Patients(Sanitizer):
    """Redacts names of patients."""

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Redact names that templates read."""
        return (
            REDACTED
            if name in {"patient", "params"} or value == NAME
            else super().read(owner, name, value)
        )

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Redact names in requests."""
        return {
            name: REDACTED if name == "patient" else value
            for name, value in super().params(params).items()
        }


def kept(app: Flask) -> str:
    """Return everything that was recorded, as one text."""
    return " ".join(str(msgspec.to_builtins(recording.batches)) for recording in recordings_of(app))


def view() -> str:
    """Show a patient in all ways: on a page, on a page as a text, in an address."""
    inner = render_template_string("<i>{{ patient }}</i>", patient=NAME)
    return f"<!doctype html><p>{inner.upper()}</p>" + render_template_string(
        "<p>{{ patient }}</p>", patient=request.form["patient"]
    )


def on_a_view(app: Flask, replay: Replay) -> None:
    app.post("/ward/x")(replay.sanitize_with(Patients())(lambda: view()))


def on_a_blueprint(app: Flask, replay: Replay) -> None:
    ward = Blueprint("ward", __name__, url_prefix="/ward")
    ward.post("/x")(view)
    app.register_blueprint(replay.sanitize_with(Patients())(ward))


def on_a_blueprint_around_it(app: Flask, replay: Replay) -> None:
    inner, outer = Blueprint("inner", __name__), Blueprint("outer", __name__, url_prefix="/ward")
    inner.post("/x")(view)
    outer.register_blueprint(inner)
    app.register_blueprint(replay.sanitize_with(Patients())(outer))


def on_a_class(app: Flask, replay: Replay) -> None:
    @replay.sanitize_with(Patients())
    class Chart(MethodView):
        def post(self) -> str:
            return view()

    app.add_url_rule("/ward/x", view_func=Chart.as_view("chart"))


@pytest.mark.parametrize("place", [on_a_view, on_a_blueprint, on_a_blueprint_around_it, on_a_class])
def test_a_sanitizer_applies_to_everything_in_a_request(
    app: Flask, place: Callable[[Flask, Replay], None]
) -> None:
    """Forms, reads of frames, literal text. Other views use the app's sanitizer."""
    place(app, replay_of(app))
    app.post("/street", endpoint="street")(view)
    client = app.test_client()
    assert NAME in client.post("/ward/x", data={"patient": NAME}).text
    assert NAME.upper() not in kept(app).upper()
    client.post("/street", data={"patient": "Otto Normal"}).close()
    assert "Otto Normal" in kept(app)


def test_a_sanitizer_applies_to_json_and_errors(app: Flask) -> None:
    """An exception that repeats a name from the request is clean, too."""

    @app.post("/json")
    @replay_of(app).sanitize_with(Patients())
    def answer() -> Any:
        return jsonify(got=request.json)

    @app.post("/fails")
    @replay_of(app).sanitize_with(Patients())
    def fail() -> str:
        raise ValueError(f"no chart of {request.form['patient']}")

    client = app.test_client()
    client.post("/json", json={"patient": NAME}).close()
    client.post("/fails", data={"patient": NAME}).close()
    assert "no chart of" in kept(app)
    assert NAME not in kept(app)


def test_the_innermost_sanitizer_applies(app: Flask) -> None:
    """A view's own replaces that of its blueprint."""

    class Nothing(Sanitizer):
        """Drops all parameters."""

        def params(self, params: dict[str, Any]) -> dict[str, Any]:
            """Drop everything."""
            return {}

    ward = Blueprint("ward", __name__)
    ward.post("/x")(replay_of(app).sanitize_with(Nothing())(lambda: view()))
    app.register_blueprint(replay_of(app).sanitize_with(Patients())(ward))
    app.test_client().post("/x", data={"patient": NAME, "room": "12"}).close()
    (recording,) = recordings_of(app)
    asked = recording.batches[0].request
    assert asked is not None
    assert asked.form == {}


def test_its_delta_hook_gets_changes_of_its_own_pages(app: Flask) -> None:
    """And not those of others."""
    seen: list[dict[str, Any]] = []

    class Watching(Sanitizer):
        """Redacts a value once it changes."""

        def delta(self, changed: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
            """Drop all changes."""
            seen.append(changed)
            return {}

    @app.get("/watched/<n>")
    @replay_of(app).sanitize_with(Watching())
    def watched(n: str) -> str:
        return render_template_string("<p>{{ n }}</p>", n=f"value{n}")

    client = app.test_client()
    for path in ("/hello/1", "/hello/2", "/watched/1", "/watched/2"):
        client.get(path).close()
    recordings = recordings_of(app)
    assert seen == [{"n": "value2"}]
    pages = [app.extensions["replay"].renderer.render(frame).html for frame in recordings[0].frames]
    assert pages == ["<h1>Hello 1</h1>", "<h1>Hello 2</h1>", "<p>value1</p>", f"<p>{REDACTED}</p>"]


@pytest.mark.parametrize("wrong", [None, Sanitizer, "strict"])
def test_an_invalid_sanitizer_is_an_error_at_once(app: Flask, wrong: Any) -> None:
    """The message says what it must be."""
    with pytest.raises(ConfigError, match="sanitizer must be an object"):
        replay_of(app).sanitize_with(wrong)
    with pytest.raises(ConfigError, match=r"sanitize_with\(…\) must decorate a view"):
        replay_of(app).sanitize_with(Sanitizer())("/ward")
