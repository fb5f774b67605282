"""Parts of the reference that are made of the code: commands, HTTP API, files, tables, results."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
from flask_sqlalchemy import SQLAlchemy

import flask_replay
from flask_replay.cli import replay_cli
from flask_replay.storage import Recordings
from flask_replay.storage.files import layout
from flask_replay.storage.sql.tables import Tables
from flask_replay.web.openapi import document

FOLDER = Path(__file__).parent / "reference" / "generated"
REFERENCE = "#/components/schemas/"
_PARAM = re.compile(r"^\s*:param (\w+):", re.MULTILINE)
_CODE = re.compile(r"(?:``|:\w+:`|`)(.+?)``?")
_EXAMPLE = re.compile(r"^\x08\n(.*?)(?:\n\n|\Z)", re.DOTALL | re.MULTILINE)


def write_pages() -> None:
    """Write what the pages of the reference include."""
    FOLDER.mkdir(exist_ok=True)
    pages = {
        "http-api": http_api(),
        "cli": commands(replay_cli, "flask replay"),
        "folder": folder(),
        "tables": tables(),
        "returned": returned(),
    }
    for name, lines in pages.items():
        (FOLDER / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def plain(text: str) -> str:
    """Return a text so that Markdown leaves it as it is, and a table too."""
    return re.sub(r"([\\*_`<>|\[\]{}])", r"\\\1", text)


def commands(group: click.Group, name: str) -> Iterator[str]:
    """Return the lines on each command of a group, those of groups within it behind it."""
    for part, command in sorted(group.commands.items()):
        path = f"{name} {part}"
        yield from described(command, path)
        if isinstance(command, click.Group):
            yield from commands(command, path)


def described(command: click.Command, path: str) -> Iterator[str]:
    """Return the lines on one command: usage, help, examples, arguments and options."""
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"## {path}\n\n```text\n{path} {usage}\n```\n"
    text = inspect.cleandoc(command.help or "")
    for number, piece in enumerate(_EXAMPLE.split(text)):
        if number % 2:  # what click is told not to wrap
            yield f"```text\n{inspect.cleandoc(piece)}\n```\n"
        elif piece.strip():
            yield f"{plain(piece.strip())}\n"
    options = [
        option
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    ]
    if options:
        yield "| option | |\n|---|---|"
        for option in options:
            written, meaning = option.get_help_record(context) or ("", "")
            yield f"| `{written.replace('|', chr(92) + '|')}` | {plain(meaning)} |"
        yield ""


def folder() -> Iterator[str]:
    """Return the lines on where each file of a store is, as the module that names them has them."""
    _, _, described = inspect.cleandoc(layout.__doc__ or "").partition("::\n\n")
    yield "```text"
    for line in described.splitlines():
        if line and not line.startswith(" "):
            break
        yield line.removeprefix("    ")
    yield "```"


def tables() -> Iterator[str]:
    """Return the lines on the tables of a database and their columns."""
    for table in vars(Tables(SQLAlchemy())).values():
        yield f"### {table.name}\n\n| column | type | |\n|---|---|---|"
        for column in table.columns:
            notes = (
                "primary key" if column.primary_key else "",
                "may be null" if column.nullable else "",
            )
            yield f"| `{column.name}` | {column.type} | {', '.join(filter(None, notes))} |"
        yield ""


def returned() -> Iterator[str]:
    """Return the lines on what public methods return and the package itself does not have."""
    public = {getattr(flask_replay, name) for name in flask_replay.__all__}
    found: dict[str, type] = {}
    for owner in (flask_replay.Replay, Recordings):
        for name, member in inspect.getmembers(owner):
            function = member.fget if isinstance(member, property) else member
            if not name.startswith("_") and inspect.isfunction(function):
                found |= {
                    kind.__name__: kind for kind in parts(get_type_hints(function).get("return"))
                }
    yield "```{eval-rst}"
    for _, kind in sorted(found.items()):
        if kind not in {*public, Recordings}:
            yield f".. autoclass:: {kind.__module__}.{kind.__name__}\n   :members:\n"
    yield "```"


def parts(annotation: Any) -> Iterator[type]:
    """Return the classes of the package that an annotation names."""
    if isinstance(annotation, type) and annotation.__module__.startswith("flask_replay."):
        yield annotation
    for part in get_args(annotation):
        yield from parts(part)


def http_api() -> Iterator[str]:
    """Return the lines on the HTTP API, made of its OpenAPI document."""
    found = document("https://shop.example/replay/api")
    for path, methods in sorted(found["paths"].items()):
        for method, operation in methods.items():
            yield f"## {method.upper()} {path}\n\n{plain(operation['summary'])}\n"
            yield from parameters(operation)
            yield "| status | |\n|---|---|"
            for status, answer in operation["responses"].items():
                yield f"| {status} | {cell(answer['description'])} |"
            yield ""
    yield "## What is sent and answered\n"
    for name, schema in found["components"]["schemas"].items():
        text, *said = _PARAM.split(inspect.cleandoc(schema.get("description", "")))
        meanings = dict(zip(said[::2], said[1::2], strict=True))
        yield f"({name.lower()})=\n### {name}\n\n{marked(text)}\n"
        if schema.get("properties"):
            yield "| field | type | |\n|---|---|---|"
            for field, of in schema["properties"].items():
                meaning = of.get("description") or meanings.get(field, "")
                needed = "required. " if field in schema.get("required", ()) else ""
                yield f"| `{field}` | {kind(of)} | {needed}{cell(meaning)} |"
            yield ""


def cell(text: str) -> str:
    """Return a text as it stands in a cell of a table."""
    return marked(" ".join(text.split()))


def marked(text: str) -> str:
    """Return a docstring's text for Markdown: its code stays code, what refers to other code
    becomes code.
    """
    pieces = _CODE.split(text)
    pieces[::2] = [plain(piece) for piece in pieces[::2]]
    pieces[1::2] = [f"`{piece.replace('|', chr(92) + '|')}`" for piece in pieces[1::2]]
    return "".join(pieces)


def kind(schema: dict[str, Any]) -> str:
    """Return what a schema is, in a word or two: ``integer, at least 0``, ``list of Step``."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(kind, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    named = str(schema.get("type", "anything")).replace("array", "list")
    if named == "list" and schema.get("items"):
        named = f"list of {kind(schema['items'])}"
    return named + (f", at least {schema['minimum']}" if "minimum" in schema else "")


def parameters(operation: dict[str, Any]) -> Iterator[str]:
    """Return the lines on what an operation takes, and what it answers when all is well."""
    if "requestBody" in operation:
        taken = operation["requestBody"]["content"]["application/json"]["schema"]
        yield f"The body is JSON: {kind(taken)}.\n"
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield f"The answer is {kind(answer['content']['application/json']['schema'])}.\n"
    asked = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
    if asked:
        yield "| parameter of the query | type | |\n|---|---|---|"
        for each in asked:
            meaning = {**each["schema"], **each}.get("description", "")
            yield f"| `{each['name']}` | {kind(each['schema'])} | {cell(meaning)} |"
        yield ""
