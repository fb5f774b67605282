"""JSON documents without anything to redact are recognized by their bytes."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from typing import Any

import msgspec
import pytest

from flask_replay.engine.recording import core
from flask_replay.sanitize import Sanitizer, named_elsewhere
from flask_replay.sanitize.outline import Outline, is_plain_outline, outline_of

from ..counting import steps

PLAIN = [
    {},
    [],
    [1, "two", None, {"title": "A book", "tags": ["a", "b"]}],
    {"id": 7, "code": "x", "rows": [{"number": 3, "name": "Ann"}]},
    {"text": "a = b", "zip_code": "12345"},
    {"größe": "ä"},
]
TELLING = [
    {"password": 1},
    {"user": {"api_key": "k"}},
    {"card": {"number": "x"}},
    {"reset": {"token": "x"}},
    {"name": "password", "value": "x"},
    [["password", "x"], ["q", "y"]],
    {"next": "/reset/abc"},
    {"url": "//host/?token=x"},
    {"text": "?token=x#"},
    {"text": '{"password": "x"}'},
    {"text": '["password"]'},
    {"text": b64encode(b'{"password": "x"}').decode()},
    {"columns": ["name", "password"], "data": ["ann", "x"]},
    {"op": "add", "path": "password", "value": "x"},
]


def _is_plain(body: bytes) -> bool:
    return is_plain_outline(outline_of(msgspec.json.decode(body)), body)


@pytest.mark.parametrize("document", PLAIN)
@pytest.mark.parametrize("indent", [None, 2])
def test_documents_without_names_and_addresses_are_plain(
    document: object, indent: int | None
) -> None:
    """However they are formatted."""
    assert _is_plain(json.dumps(document, indent=indent).encode())


@pytest.mark.parametrize("document", TELLING)
@pytest.mark.parametrize("indent", [None, 2])
def test_other_documents_are_checked_name_by_name(document: object, indent: int | None) -> None:
    """Even if each letter is escaped."""
    written = json.dumps(document, indent=indent)
    assert not _is_plain(written.encode())
    escaped = "".join(
        f"\\u{ord(letter):04x}" if letter.isalpha() or letter in "/{[" else letter
        for letter in "/pw{"
    )
    assert not _is_plain(f'{{"{escaped}": "x"}}'.encode())


@pytest.mark.parametrize("document", PLAIN)
def test_the_rules_leave_plain_documents_unchanged(document: object) -> None:
    """The sanitizer returns them as they are."""
    assert Sanitizer().params({"": document}) == {"": document}


def test_an_outline_has_the_names_the_containers_and_the_depth() -> None:
    """Also of nested lists. A bare value has none of these."""
    names, containers, depth = outline_of({"a": [[{"b": 1, "c": {}}]], "d": None})
    assert (names, containers, depth) == (frozenset("abcd"), frozenset("ac"), 5)
    assert outline_of("text") == (frozenset(), frozenset(), 0)


@pytest.mark.parametrize(
    "document",
    [
        *PLAIN,
        [],
        {},
        [[[]]],
        {"a": {"b": [{"c": []}, 1]}},
        [{"a": 1}, {"a": {"b": 1}}],
        "text",
        None,
    ],
    ids=str,
)
def test_the_compiled_outline_is_the_same(document: object) -> None:
    """Whatever the document."""
    assert core.outline_of(document) == outline_of(document)
    assert type(core.outline_of(document)) is Outline


def test_a_deep_document_has_an_outline() -> None:
    """Up to the depth that can be parsed. The compiled function leaves deeper ones to Python."""
    document: Any = []
    for _ in range(5_000):
        document = [document]
    assert core.outline_of({"a": document}).depth == 5_002


def test_rows_of_one_kind_take_few_steps_each() -> None:
    """Twice as many rows take twice as many steps. The names of other rows are found, too."""

    def taken(count: int) -> int:
        rows = [{"id": n, "tags": ["a"], "note": None if n % 2 else "x"} for n in range(count)]
        return steps(lambda: outline_of(rows))

    few, many = taken(50), taken(100)
    assert 40 < (many - few) / 10 < 100
    names = outline_of(
        [{"a": 1}, {"a": {"b": 1}}, {"a": 1, "c": [{"d": 2}]}, {"a": {"e": 1}}]
    ).names
    assert names == frozenset("abcde")


@pytest.mark.parametrize("text", ['[["a"]]', '[ ["a"]]', "//", r"\/", r"\u0070", r"\u002F"])
def test_each_sign_of_a_document_or_an_address_is_found(text: str) -> None:
    """Wherever it is, keys included."""
    assert not _is_plain(f'{{"a": 1, "b": {_held(text)}}}'.encode())


def _held(text: str) -> str:
    """Return a piece of JSON as a value: within a list, and as an escaped text."""
    return text if text.startswith("[") else f'"x{text}"'


_WORDS = [
    *sorted(named_elsewhere._NAMES | named_elsewhere._VALUES | named_elsewhere._CHANGES),
    *sorted(named_elsewhere._HEADS | named_elsewhere._BODIES | named_elsewhere._KINDS),
    *sorted(named_elsewhere._CALL_KEYS | named_elsewhere._ARGUMENT_KEYS), "path", "loc", "op", "access",
    "refresh", "stringData", "security_question", "number", "code1", "card", "bank", "user",
]  # fmt: skip
_SAID = [
    "Secret",
    "password",
    "set_token",
    "/users/0/password",
    "ann",
    "pin",
    7,
    None,
    "Qw7zPlm39dksl",
    "--pw",
]


def _some_value(chance: Random, depth: int) -> Any:
    """Return a value in a document that names its values in any way."""
    kind = chance.random()
    if depth > 3 or kind < 0.45:
        return chance.choice(_SAID)
    if kind < 0.7:
        return [_some_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(_WORDS): _some_value(chance, depth + 1) for _ in range(4)}


def test_no_document_with_something_to_mask_is_plain() -> None:
    """Whatever its words and its nesting."""
    chance, plain = Random(1), 0
    for _ in range(3_000):
        document = {chance.choice(_WORDS): _some_value(chance, 1) for _ in range(3)}
        if _is_plain(msgspec.json.encode(document)):
            plain += 1
            assert Sanitizer().params({"": document}) == {"": document}
    assert plain > 50
