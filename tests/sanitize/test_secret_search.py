"""A search finds secrets in every encoding, and compiles an expression only where it needs one."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from urllib.parse import quote

import pytest
from markupsafe import escape

from flask_replay.sanitize.secret_encodings import fold
from flask_replay.sanitize.secret_search import SecretFinder, ungrouped

SECRET = "Tr0ub4dor & 3/horses"
"""With signs that JSON, HTML and URLs escape, and that may stand between groups of letters."""


def masked(text: str) -> str:
    """Return a text without the letters of the secret that a search finds."""
    finder = SecretFinder({SECRET: "[redacted]"})
    letters = [*text]
    for span in (
        *finder.spans(text, fold(text)),
        *finder.groups(fold(text), ungrouped(fold(text))),
    ):
        letters[span.start : span.end] = [""] * (span.end - span.start)
    return "".join(letters)


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        SECRET.upper(),
        b64encode(SECRET.encode()).decode().rstrip("="),
        SECRET.encode().hex(),
    ],
)
def test_a_secret_as_visitors_send_it_is_found_by_the_automaton_alone(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expression for each new secret would take milliseconds of each login."""
    finder = SecretFinder({SECRET: "[redacted]"})
    monkeypatch.setattr(re, "finditer", None)
    text = f"user=ann, password={written}; {written}"
    spans = {*finder.spans(text, fold(text)), *finder.groups(fold(text), ungrouped(fold(text)))}
    assert {text[span.start : span.end] for span in spans} == {written}
    assert len({span.start for span in spans}) == 2


@pytest.mark.parametrize(
    "written",
    [
        quote(SECRET, safe=""),
        str(escape(SECRET)),
        json.dumps(SECRET).strip('"').replace("&", "\\u0026"),
        "Tr0u-b4do-r&3h-orse-s".replace("&", " & "),
        "".join(f"&#{ord(letter)};" if letter in " &/" else letter for letter in SECRET),
    ],
)
@pytest.mark.parametrize("beside", ["", f"{SECRET} and "])
def test_a_secret_with_escapes_or_in_groups_is_found_beside_a_plain_one(
    written: str, beside: str
) -> None:
    assert masked(f"It is {beside}{written}.") == f"It is {beside and ' and '}."
