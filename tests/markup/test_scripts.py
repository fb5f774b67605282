"""The files that scripts name."""

from __future__ import annotations

from flask_replay.markup.scripts import bundled_files


def test_files_of_a_bundle_are_looked_for_in_the_folders_above_it() -> None:
    """The root of the app is none of them."""
    assert [*bundled_files('["img/a.css"]', "/static/dist/a.js")] == [
        "/static/dist/img/a.css",
        "/static/img/a.css",
    ]


def test_a_long_path_has_no_more_folders_than_others() -> None:
    """Whoever requests a script can make its path as long as a request line may be."""
    assert len([*bundled_files('["img/a.css"]', "/a/b" * 4_000)]) == 8
