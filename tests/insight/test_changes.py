"""Changes in a long list whose items are identified only by their content."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from flask import render_template_string

from flask_replay.insight import Node, PageState, changes

from ..conftest import AppMaker, recordings_of, replay_of


def rows(values: Iterable[str]) -> PageState:
    """Return the reads of a list whose rows have no key."""
    items = [
        Node(
            name=f"[{place}]",
            path=f"rows[{place}]",
            children=[Node(name=".state", path="", type="str", value=value)],
        )
        for place, value in enumerate(values)
    ]
    return PageState(
        template="x",
        reads=[Node(name="rows", path="rows", type="list", length=len(items), children=items)],
    )


def test_a_long_list_of_similar_rows_is_compared_row_by_row() -> None:
    """Half of them are open and half are done, so each equals many others."""
    before = ["open", "done"] * 1_000
    assert changes(rows(before), rows(before)) == []
    less = [str(change) for change in changes(rows(before), rows(before[:-1]))]
    assert less == ["rows: 2000 items → 1999 items", "rows[1999]: (state='done') → —"]
    shifted = changes(rows(before), rows(["new", *before[:-1]]))
    assert ("", "(state='new')") in {(change.before, change.after) for change in shifted}
    assert len(changes(rows(before), rows(["done", "open"] * 1_000))) <= 4


def test_a_short_list_of_similar_rows_is_compared_by_moves() -> None:
    """The first of three equal rows was removed, and nothing else changed."""
    found = [str(change) for change in changes(rows("abac"), rows("bac"))]
    assert found == ["rows: 4 items → 3 items", "rows[0]: (state='a') → —"]


def test_what_an_empty_list_got_is_new(make_app: AppMaker) -> None:
    """As the errors of a form's field, a tuple before the form is checked and then a list."""
    app = make_app()

    class Field:
        errors: Any = ()

    @app.get("/<int:wrong>")
    def seats(wrong: int) -> str:
        field = Field()
        field.errors = ["At most 5."] if wrong else ()
        source = (
            "{% if field.errors %}<p>{% endif %}{% for one in field.errors %}{{ one }}{% endfor %}"
            "{% for one in lines %}{{ one }}{% endfor %}"
        )
        return render_template_string(source, field=field, lines=deque(field.errors))

    client = app.test_client()
    for wrong in (0, 1):
        client.get(f"/{wrong}")
    (recording,) = recordings_of(app)
    with app.app_context():
        replay, id = replay_of(app), recording.summary.id
        found = [str(change) for change in replay.changes(id, 0, 1)]
        back = [str(change) for change in replay.changes(id, 1, 0)]
    assert found == ["field.errors[0]: — → 'At most 5.'", "lines[0]: — → 'At most 5.'"]
    assert back == ["field.errors[0]: 'At most 5.' → —", "lines[0]: 'At most 5.' → —"]
