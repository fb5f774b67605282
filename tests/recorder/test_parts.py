"""The parts of a body are found, however its pieces were combined, in linear time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_replay.recorder.requests.response_parts import Parts, find_parts
from flask_replay.recorder.templates.render import Render

from ..conftest import AppMaker, replay_of
from ..counting import growth


class Rendered:
    """Stands for a render with a given output."""

    ignores = False

    def __init__(self, output: str) -> None:
        self.output = output
        self.sent = output.encode()


def found(body: str, *outputs: str, limit: int = 1 << 20) -> Parts:
    return find_parts(
        body.encode(), cast(Sequence[Render], [Rendered(output) for output in outputs]), limit
    )


ROW = "<tr><td>a row</td></tr>"


@pytest.mark.parametrize(
    ("body", "outputs", "parts"),
    [
        ("<p>1</p>", ["<p>1</p>"], (0,)),
        ("<p>1</p>", ["<p>1</p>", "1"], (0,)),
        ("<p>1</p>", ["1", "<p>1</p>"], (1,)),
        ("<p>1</p>", ["<p>1</p>", "<p>1</p>"], (0,)),
        ("<p>1</p><hr>", ["<p>1</p>", "a mail"], (0, "<hr>")),
        ("a<hr>b", ["b", "a"], (1, "<hr>", 0)),
        (f"<table>{ROW * 3}</table>", [ROW] * 3, ("<table>", 0, 1, 2, "</table>")),
        (f"{ROW}<hr>{ROW}", [ROW], (0, "<hr>", 0)),
        ("<hr>".join("ab" * 100), ["a", "b"], (0, "<hr>", 1, "<hr>" + "<hr>".join("ab" * 99))),
        (
            "x" * 1000 + "<p>long</p><p>longer</p>",
            ["<p>long", "<p>longer</p>"],
            ("x" * 1000, 0, "</p>", 1),
        ),
        ("", ["", "x"], ()),
    ],
)
def test_outputs_are_found_in_the_body(
    body: str, outputs: list[str], parts: tuple[int | str, ...]
) -> None:
    """The longest first, each at least once, and an output that occurs several times as often as it
    was sent.
    """
    assert found(body, *outputs).parts == parts


def test_text_that_no_template_made_is_counted() -> None:
    """Whether or not it is kept."""
    assert found("<p>ä</p>xyz", "<p>ä</p>", limit=2) == ((0, "xy"), True, 3)


@given(st.lists(st.text("ab<", max_size=40)), st.lists(st.text("ab<", max_size=300)), st.randoms())
def test_the_parts_make_up_the_body(
    outputs: list[str], literals: list[str], chance: random.Random
) -> None:
    """Whatever was rendered, and however it was combined."""
    pieces = [*outputs, *literals, *outputs[:2]]
    chance.shuffle(pieces)
    body = "".join(pieces)
    parts = found(body, *outputs).parts
    assert "".join(outputs[part] if isinstance(part, int) else part for part in parts) == body


def _equal(number: int) -> str:
    return ROW


def _distinct(number: int) -> str:
    return f"<tr><td>{number}</td></tr>"


def _longer_and_longer(number: int) -> str:
    return f"<li>{'.' * (number % 97)}"


def _tiny(number: int) -> str:
    return str(number % 10)


@pytest.mark.parametrize("row", [_equal, _distinct, _longer_and_longer, _tiny])
@pytest.mark.parametrize("order", ["in order", "reversed", "shuffled", "elsewhere"])
def test_rows_are_found_in_linear_time(row: Callable[[int], str], order: str) -> None:
    """In whatever order they are sent, or not at all."""

    def work(size: int) -> Callable[[], object]:
        outputs = [row(number) for number in range(size)]
        sent = {
            "in order": outputs,
            "reversed": outputs[::-1],
            "elsewhere": [f"<tr><td>{n}b" for n in range(size)],
        }
        body = "<table>" + "".join(sent.get(order, random.Random(1).sample(outputs, size)))
        return lambda: found(body, *outputs)

    assert growth(work, 200) < 6


def test_text_that_no_template_made_is_reported(make_app: AppMaker) -> None:
    """In the summary, on the command line, by the verdict and in the player."""
    app = make_app(authorize=lambda action, recording: True)
    client = app.test_client()
    for path in ("/two", "/hello/ann"):
        client.get(path, buffered=True)
    with app.app_context():
        replay = replay_of(app)
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        literal = len("<!doctype html><body><hr></body>")
        assert (summary.tally.literal, replay.verify(summary.id).literal) == (literal, literal)
    runner = app.test_cli_runner()
    for words in (["show", summary.id, "--events"], ["verify", summary.id]):
        assert (
            f"{literal} characters that no template made"
            in runner.invoke(args=["replay", *words]).output
        )
    assert f"{literal} characters from no template" in client.get(f"/replay/{summary.id}").text
    assert client.get(f"/replay/{summary.id}/step/0.json").json["request"]["literal"] == literal  # type: ignore[index]
