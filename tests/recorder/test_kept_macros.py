"""Macros and modules that an app keeps work after their page, as without us."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context

from ..conftest import replay_of

TEMPLATES = {
    "macros.html": (
        "{% set unit = 'kg' %}{% macro weigh(n) %}{{ n }} {{ unit }}{{ mark() }}{% endmacro %}"
        "{% macro mark() %}!{{ weigh.name }}{% endmacro %}"
    ),
    "own macro": "{% from 'macros.html' import weigh with context %}{{ keep(weigh) }}",
    "macro in a list": "{% import 'macros.html' as m with context %}{{ keep([m.weigh][0]) }}",
    "module": "{% import 'macros.html' as m with context %}{{ keep_weigh_of(m) }}",
    "context": "{% from 'macros.html' import weigh with context %}{{ keep_from_context() }}",
    "filter": "{% from 'macros.html' import weigh with context %}{{ weigh|kept }}",
    "caller": "{% call kept_caller() %}5 kg!weigh{% endcall %}",
}


@pytest.mark.parametrize("page", [name for name in TEMPLATES if name != "macros.html"])
def test_a_kept_macro_works_in_later_requests(app: Flask, page: str) -> None:
    """When a view or another template calls it. The frame is exact."""
    kept: dict[str, Any] = {}

    def keep(macro: Any) -> str:
        kept["weigh"] = macro
        return ""

    @pass_context
    def keep_from_context(context: Context) -> str:
        return keep(context["weigh"])

    app.jinja_loader = DictLoader(TEMPLATES)
    app.add_template_global(keep)
    app.add_template_global(keep_from_context)
    app.add_template_global(lambda module: keep(lambda n: module.weigh(n)), "keep_weigh_of")
    app.add_template_global(lambda caller: keep(lambda n: caller()), "kept_caller")
    app.add_template_filter(keep, "kept")
    app.add_url_rule("/keep", "keep", lambda: render_template(page))
    app.add_url_rule("/call", "call", lambda: str(kept["weigh"](5)))
    app.add_url_rule(
        "/print", "print", lambda: render_template_string("<p>{{ w(5) }}</p>", w=kept["weigh"])
    )
    client, replay = app.test_client(), replay_of(app)
    client.get("/keep").close()
    replay.flush()  # the page has become a frame
    for _ in range(2):
        assert client.get("/call").text == "5 kg!weigh"
        assert client.get("/print").text == "<p>5 kg!weigh</p>"
    client.get("/keep").close()
    with app.app_context():
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).differences == ()
