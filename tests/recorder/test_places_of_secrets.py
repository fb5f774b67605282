"""Secrets that no request contains: in ``g``, settings, the environment, response headers, and
values beside a printed name.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g, make_response, render_template_string

from ..conftest import AppMaker, recordings_of, replay_of
from .test_echoes import kept

SECRET = "hJ7kQ2mXv9LpR4tZ"
_PAGE = "<!doctype html><h1>Settings</h1>"

SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "a row": ("<table><tr><th>{{ n }}</th><td>{{ v }}</td></tr></table>", {"n": "API key"}),
    "a table": (
        """<table><tr>{% for h in heads %}<th>{{ h }}</th>{% endfor %}</tr>
        <tr><td>7</td><td>{{ v }}</td></tr></table>""",
        {"heads": ["id", "reset_token"]},
    ),
    "a list": ("<dl>{% for n in names %}<dt>{{ n }}</dt><dd>{{ v }}</dd>{% endfor %}</dl>",
               {"names": ["access token"]}),
    "objects": ("{% for o in pairs %}{{ o.key }}: {{ o.value }}{% endfor %}",
                {"pairs": [SimpleNamespace(key="smtp_password", value=SECRET)]}),
    "an attribute": ("<div data-{{ n }}='{{ v }}'>x</div>", {"n": "api-token"}),
    "a script": ("<script>var apiKey = '{{ v }}';</script>", {}),
    "a comment": ("<!-- password: {{ v }} -->", {}),
    "a setting": ("{{ get_setting('api_key') }}{{ env('SMTP_PASSWORD') }}",
                  {"get_setting": lambda key: SECRET, "env": lambda key: SECRET}),
}  # fmt: skip
"""Templates that print a name and a value, which they read under harmless names."""

TEXTS = ["t('reset_password')", "get_text('password')", "gettext('token')", "label('api_key')"]


@pytest.mark.parametrize("place", SHOWN)
def test_a_printed_name_makes_the_value_beside_it_secret(app: Flask, place: str) -> None:
    """Whatever names the template used to read them. The frame is identical but for the value."""
    source, context = SHOWN[place]

    @app.get("/")
    def page() -> str:
        return render_template_string(_PAGE + source, v=SECRET, **context)

    client = app.test_client()
    client.get("/").close()
    client.get("/").close()
    assert SECRET not in kept(app)
    (recording,) = recordings_of(app)
    with app.app_context():
        verdicts = {
            str(verdict.verdict) for verdict in replay_of(app).verify(recording.summary.id).verdicts
        }
    assert verdicts == {"identical but for redacted values"}


@pytest.mark.parametrize("call", TEXTS)
def test_a_function_that_returns_a_text_returns_no_secret(app: Flask, call: str) -> None:
    """Although its argument is the name of one."""

    @app.get("/")
    def page() -> str:
        function = call.partition("(")[0]
        return render_template_string(
            f"{_PAGE}{{{{ {call} }}}}", **{function: lambda key: "Geben Sie es ein"}
        )

    client = app.test_client()
    client.get("/").close()
    client.get("/").close()
    assert "Geben Sie es ein" in kept(app)


def test_secrets_in_settings_and_the_environment_are_known(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a page shows them."""
    monkeypatch.setenv("ACME_API_TOKEN", f"{SECRET}-environment")
    app = make_app()
    app.config["ACME"] = {"mail": {"password": f"{SECRET}-setting"}}

    @app.get("/")
    def page() -> str:
        said = f"{SECRET}-environment and {SECRET}-setting"
        return render_template_string(_PAGE + "{{ x }}", x=said)

    client = app.test_client()
    client.get("/").close()
    client.get("/").close()
    assert SECRET not in kept(app)


@pytest.mark.parametrize("owner", [{"api_key": SECRET}, SimpleNamespace(api_key=SECRET)])
def test_secrets_in_g_and_in_response_headers_are_known(app: Flask, owner: Any) -> None:
    """Including those that are attributes of ``g``."""

    @app.get("/")
    def page() -> Any:
        g.account = owner
        response = make_response(render_template_string(_PAGE + "{{ x }}", x=f"{SECRET} w0mbatX7q"))
        response.headers["X-Reset-Token"] = "w0mbatX7q"
        return response

    client = app.test_client()
    client.get("/").close()
    client.get("/").close()
    found = kept(app)
    assert SECRET not in found
    assert "w0mbatX7q" not in found


class Computed:
    """An object of the app whose attributes are computed."""

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        raise ValueError("the database is gone")


@pytest.mark.parametrize(
    "others",
    [
        {"computed": Computed()},
        {f"mail{number}": {"password": f"other-{number}-password"} for number in range(60)},
    ],
)
def test_a_secret_in_g_is_known_whatever_else_g_contains(
    app: Flask, others: dict[str, Any]
) -> None:
    """No code of the app runs, and one name may have many values."""

    @app.get("/")
    def page() -> str:
        g.first = {"password": SECRET}
        vars(g).update(others)
        return render_template_string(_PAGE + "{{ x }}", x=f"as you know, {SECRET}")

    client = app.test_client()
    client.get("/").close()
    client.get("/").close()
    assert SECRET not in kept(app)
