"""Texts from visitors have no effect in the terminal of people who view recordings."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from flask import Flask, render_template_string, request

import flask_replay
from flask_replay.safe_text import inert, inert_json

from .conftest import AppMaker, replay_of

HOSTILE = {
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "C1 controls": "\x9b31m\x9d0;owned\x9c\x84",
    "a line of ours": "ann\nAll is well.\r\n0 different",
    "other ends of lines": "a\u2028b\u2029c\x85d\x0be\x0c",
    "other direction": "\u202etxt.exe\u2066x\u2069\u200f",
    "backspaces": "ann\b\b\bbob\x7f",
    "tags and invisibles": "a\U000e0041\u2060\ufeff\u00ad",
    "half a pair": "a\ud800",
    "tab and NUL": "a\tb\0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_characters_that_a_terminal_acts_on_are_escaped_as_in_python(text: str) -> None:
    """Everything printable stays."""
    said = inert(text)
    assert said.isprintable()
    assert said == text.encode("unicode_escape").decode()
    assert inert(said) == said


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Ångström",
        "山田　太郎",
        "می‌خواهم",
        "👩‍💻 👍🏽",
        "O'Neil \\ Co",
        "Нина",
        "a b",
        "שלום",
        "مرحبا",
    ],
)
def test_names_of_people_stay_as_they_are(text: str) -> None:
    """In any script, with characters that join letters and emoji."""
    assert inert(text) == text


@pytest.mark.parametrize("text", [text for text in HOSTILE.values() if "\ud800" not in text])
def test_escaped_json_has_the_same_meaning_and_is_inert(text: str) -> None:
    """Programs read what the visitor sent."""
    document = json.dumps({"name": text, "also": "Zoë 👍🏽"}, ensure_ascii=False, indent=2)
    assert json.loads(inert_json(document)) == json.loads(document)
    assert all(character == "\n" or character.isprintable() for character in inert_json(document))
    assert "Zoë 👍🏽" in inert_json(document)


def visited(make_app: AppMaker, text: str) -> Flask:
    """Let a visitor send a text wherever possible."""
    app = make_app(identify=lambda: text)

    @app.route("/said/<path:name>", methods=["GET", "POST"])
    def said(name: str) -> str:
        request.form.to_dict()
        return render_template_string("<p>{{ name }}", name=name)

    @app.get("/fails/<path:name>")
    def fails(name: str) -> str:
        raise ValueError(name)

    browser = app.test_client()
    browser.get(
        f"/said/{text}",
        query_string={text: text},
        headers={"Referer": f"http://localhost/{text.encode()!r}"},
    )
    browser.post(f"/said/{text}", data={text: text})
    browser.get(f"/fails/{text}")
    with app.app_context():
        replay = replay_of(app)
        with replay.start(text) as program:
            program.record_action(text[:20], text, text)
        replay.flush()
    return app


def test_no_command_prints_characters_that_a_terminal_acts_on(make_app: AppMaker) -> None:
    """Neither as text nor as JSON, for a combination of all hostile texts."""
    text = " ".join(HOSTILE.values()).replace("\ud800", "")
    app = visited(make_app, text)
    run = app.test_cli_runner().invoke
    ids = app.extensions["replay"].storage.touched()
    outputs = [run(args=["replay", "list"]), run(args=["replay", "finalize"])]
    for words in (
        ["list"],
        ["list", "--json"],
        *(["show", id] for id in ids),
        *(["show", id, "--json"] for id in ids),
        *(["show", id, "--events"] for id in ids),
        *(["show", id, "--format", "md"] for id in ids),
        *(["state", id, "0"] for id in ids),
        ["verify", *ids],
        ["verify", "--json"],
        ["doctor"],
        ["record", "start", text],
        ["record", "status"],
        ["record", "start", text],
        ["record", "stop"],
        ["show", text],
        ["token", "make", text],
        ["forget", "--user", text, "--yes"],
        ["forget", "--user", text],
    ):
        outputs.append(run(args=["replay", *words]))
    for result in outputs:
        assert result.exception is None or isinstance(result.exception, SystemExit)
        for line in result.output.split("\n"):
            assert inert(line) == line
    assert inert(text) in outputs[0].output


def test_all_output_of_commands_goes_through_one_function() -> None:
    """So that new lines are inert, too: only ``say`` writes to a terminal, and the counter of
    captures.
    """
    callers = set()
    for path in Path(flask_replay.__file__).parent.joinpath("cli").glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(
                _prints(node) for node in ast.walk(function)
            ):
                callers.add(function.name)
    assert callers == {"say", "print_json", "_count"}


def _prints(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {
        "click.echo",
        "print",
        "click.secho",
        "sys.stdout.write",
    }
