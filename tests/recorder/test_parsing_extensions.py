"""An extension of the app may make something else of the same source the next time."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from flask import Flask, render_template, render_template_string, request
from jinja2 import DictLoader, nodes
from jinja2.ext import Extension
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from flask_replay import Replay

TEMPLATES = {
    "page": "{% number %}{{ name }}{% number %}{% include 'part' %}{{ 'a'|kept }}",
    "part": "<i>{% number %}</i>{% for n in range(2) %}{{ n ~ name }}{% endfor %}",
}


class Numbering(Extension):
    """Gives each tag of a template a number of its own."""

    tags = {"number"}
    numbers = count()

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        number = next(type(self).numbers)
        shown = [
            nodes.TemplateData(f"#{number}"),
            nodes.Getitem(nodes.Const([7]), nodes.Const(0), "load"),
        ]
        return nodes.Output(shown).set_lineno(line)


class Signing(Extension):
    """Writes into a source when it was read, and for whom."""

    numbers = count()

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return f"{source}{next(type(self).numbers)} {request.path}"


class Stamping(Extension):
    """Appends to each stream of tokens how many there were before."""

    numbers = count()

    def filter_stream(self, stream: TokenStream) -> TokenStream:
        next(type(self).numbers)
        return stream


def visit(folder: Path, kind: type[Extension], *, enabled: bool) -> tuple[list[str], int]:
    """Return the pages of an app with an extension, and how often it was asked. The visitor before
    whom a template is first shown is not recorded.
    """
    app = Flask("parsing", instance_path=str(folder))
    app.config.update(SECRET_KEY="s" * 32, REPLAY_ENABLED=enabled, REPLAY_EXCLUDE=["/unseen"])
    app.jinja_loader = DictLoader(TEMPLATES)
    kind.numbers = count()  # type: ignore[attr-defined]
    app.jinja_options = {"extensions": [kind] if kind is Numbering else [Numbering, kind]}
    Numbering.numbers = count()
    replay = Replay(app)
    app.add_template_filter(str, "kept")
    app.add_url_rule("/unseen", "unseen", lambda: render_template("page", name="Ann"))
    app.add_url_rule("/", "page", lambda: render_template("page", name="Bob"))
    app.add_url_rule("/text", "text", lambda: render_template_string(TEMPLATES["part"], name="x"))
    client = app.test_client()
    pages = [client.get(address).text for address in ("/unseen", "/", "/text", "/", "/text")]
    with app.app_context():
        replay.finalize()
        for summary in replay.recordings.summaries():
            verification = replay.verify(summary.id)
            assert verification.identical == verification.frames == 4
    return pages, next(kind.numbers)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [Numbering, Signing, Stamping])
def test_an_extension_parses_a_template_once(kind: type[Extension], tmp_path: Path) -> None:
    """Recorded visitors get the pages that all others get, and the recording is exact."""
    bare = visit(tmp_path / "bare", kind, enabled=False)
    assert visit(tmp_path / "recorded", kind, enabled=True) == bare


def test_templates_of_an_older_style_of_gettext_keep_it(tmp_path: Path) -> None:
    """The page shown after the app has changed to the newer style is that of the older one."""
    app = Flask("style", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="s" * 32, REPLAY_EXCLUDE=["/unseen"])
    app.jinja_loader = DictLoader({"page": "{% trans name=name %}100% of {{ name }}{% endtrans %}"})
    app.jinja_options = {"extensions": ["jinja2.ext.i18n"]}
    Replay(app)
    app.jinja_env.install_null_translations(newstyle=False)  # type: ignore[attr-defined]
    app.add_url_rule("/unseen", "unseen", lambda: render_template("page", name="Ann"))
    app.add_url_rule("/", "page", lambda: render_template("page", name="Bob"))
    client = app.test_client()
    assert client.get("/unseen").text == "100% of Ann"
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    assert client.get("/").text == "100% of Bob"
