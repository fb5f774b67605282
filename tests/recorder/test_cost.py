"""The recorder's work for a request is proportional to its data, counted in lines of code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, render_template_string, request
from flask.testing import FlaskClient

from ..conftest import AppMaker, recordings_of
from ..counting import growth

Ask = Callable[[FlaskClient, int], object]


def _views(app: Flask) -> None:
    @app.post("/fields")
    def fields() -> str:
        return render_template_string("<p>{{ n }}</p>", n=len(request.form))

    @app.post("/json")
    def json() -> dict[str, int]:
        return {"count": len(request.get_json())}

    @app.get("/answer/<int:count>")
    def answer(count: int) -> list[dict[str, Any]]:
        return [{"id": n, "title": f"Number {n}", "tags": ["a", "b"]} for n in range(count)]

    @app.get("/rows/<int:count>")
    def rows(count: int) -> str:
        found = [{"id": number, "name": f"n{number}"} for number in range(count)]
        return render_template_string(
            "{% for row in rows %}<p>{{ row.id }} {{ row.name }}</p>{% endfor %}", rows=found
        )

    @app.get("/renders/<int:count>")
    def renders(count: int) -> str:
        return "<table>" + "".join(
            render_template_string("<p>{{ n }}</p>", n=number) for number in range(count)
        )

    @app.get("/failing/<int:count>")
    def failing(count: int) -> str:
        for number in range(count):
            with pytest.raises(ZeroDivisionError):
                render_template_string("{{ 1 // (n - n) }}", n=number)
        return "failed"

    @app.get("/stream/<int:count>")
    def stream(count: int) -> Response:
        return Response((f"<p>{number}</p>" for number in range(count)), mimetype="text/html")

    @app.get("/secrets/<int:count>")
    def secrets(count: int) -> str:
        links = "".join(f"<a href=/reset/token{number}>x</a>" for number in range(count))
        return links + "".join(
            f"<input name=password value=hunter{number}>" for number in range(count)
        )


ASKED: dict[str, Ask] = {
    "fields": lambda client, size: client.post(
        "/fields", data={f"f{n}": f"value {n}" for n in range(size)}
    ),
    "passwords": lambda client, size: client.post(
        "/fields", data={f"password{n}": f"hunter{n}" for n in range(size)}
    ),
    "json": lambda client, size: client.post(
        "/json", json=[{"name": f"n{n}", "token": f"t{n}x"} for n in range(size)]
    ),
    "answer": lambda client, size: client.get(f"/answer/{size}"),
    "query": lambda client, size: client.get("/two?" + "&".join(f"a{n}={n}" for n in range(size))),
    "path": lambda client, size: client.get("/nowhere" + "/a" * size),
    "address": lambda client, size: client.get(
        "/two", headers={"Referer": "http://localhost/on" + "/a" * size}
    ),
    "rows": lambda client, size: client.get(f"/rows/{size}"),
    "renders": lambda client, size: client.get(f"/renders/{size}"),
    "failing": lambda client, size: client.get(f"/failing/{size}"),
    "stream": lambda client, size: client.get(f"/stream/{size}"),
    "secrets": lambda client, size: client.get(f"/secrets/{size}"),
}


@pytest.mark.parametrize("kind", ASKED)
def test_the_cost_of_a_request_is_proportional_to_its_data(make_app: AppMaker, kind: str) -> None:
    """Four times as much costs at most six times as much."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)
    _views(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()

    def work(size: int) -> Callable[[], object]:
        def ask() -> None:
            answer = ASKED[kind](client, size)
            assert isinstance(answer, Response) or answer is not None
            answer.close()  # type: ignore[attr-defined]

        return ask

    assert growth(work, 100) < 6
    assert recordings_of(app)


@pytest.mark.parametrize(
    "rule", ["/r{n}/<token>", "/<path:a>/r{n}/<path:b>/x/<path:token>", "/<a>-<b>-<token>/r{n}"]
)
def test_the_cost_is_proportional_to_the_number_of_routes(make_app: AppMaker, rule: str) -> None:
    """Addresses are matched with all of them, of every kind."""

    def work(size: int) -> Callable[[], object]:
        app = make_app(f"routes{size}", REPLAY_FLUSH_INTERVAL=3600)
        for n in range(size):
            app.add_url_rule(rule.replace("{n}", str(n)), f"route{n}", lambda **arguments: "here")
        client = app.test_client()
        headers = {"Referer": "http://localhost/" + "a-b/" * 60}
        client.get("/two", headers=headers, buffered=True)
        return lambda: client.get("/two", headers=headers, buffered=True)

    assert growth(work, 50) < 6


def test_no_more_renders_are_recorded_than_a_recording_holds(make_app: AppMaker) -> None:
    """The others cost what they cost without a recorder."""
    app = make_app(REPLAY_MAX_EVENTS=50)
    _views(app)
    app.test_client().get("/renders/500", buffered=True)
    (recording,) = recordings_of(app)
    assert recording.summary.tally.events == 50
    assert "capped" in recording.summary.flags
