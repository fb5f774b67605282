"""Verifying with several processes gives the same result as with one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import current_app, render_template_string

from flask_replay import Replay
from flask_replay.cli import verifying
from flask_replay.cli.verifying import Verifier
from flask_replay.engine.replaying.verify import Verification

from .conftest import AppMaker


@pytest.fixture
def names(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return recordings of several lengths, and a missing one, within the context of their app."""
    monkeypatch.setattr(verifying, "_ALONE", 1)
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)

    @app.get("/torn/<int:number>")
    def torn(number: int) -> str:
        return render_template_string("{{ number }}: {{ 1 // number }}", number=number)

    app.config["PROPAGATE_EXCEPTIONS"] = False
    replay: Replay = app.extensions["replay"].replay
    found = []
    with app.app_context():
        for pages in (1, 7, 2):
            client = app.test_client()
            for number in range(pages):
                client.get(f"/torn/{number}", buffered=True)
            replay.flush()
            (summary,) = replay.recordings.storage.active()
            replay.finalize(summary.id)
            found.append(summary.id)
        yield [*found[:2], "01jd3m4yq8x7c5tkz2v9bnw6ef", found[2]]


def _found(names: list[str], jobs: int) -> list[Verification | str]:
    state = current_app.extensions["replay"]
    verifier = Verifier(state.recordings, state.renderer, None)
    return [*verifier.verified(names, jobs)]


@pytest.mark.parametrize("jobs", [2, 3])
def test_more_processes_find_what_one_finds(names: list[str], jobs: int) -> None:
    """In the order of the recordings and of their frames. Unreadable ones are named."""
    alone = _found(names, 1)
    assert [len(found.verdicts) for found in alone if not isinstance(found, str)] == [1, 7, 2]
    assert isinstance(alone[2], str)
    assert _found(names, jobs) == alone


def test_many_recordings_are_verified_completely(names: list[str]) -> None:
    """Each by one process."""
    assert _found(names * 3, 2) == _found(names * 3, 1)


def test_no_process_is_started_for_a_few_frames(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take longer."""
    monkeypatch.setattr(verifying, "_ALONE", 100)
    monkeypatch.delattr(Verifier, "_by_many")
    assert len(_found(names, 8)) == 4


def test_the_command_prints_the_same_for_any_number_of_processes(names: list[str]) -> None:
    """By default, as many as there are processors."""
    runner = current_app.test_cli_runner()
    results = [
        runner.invoke(args=["replay", "verify", *wanted, *names])
        for wanted in ([], ["--jobs", "1"], ["--jobs", "3"])
    ]
    assert {result.exit_code for result in results} == {1}
    (output,) = {result.output for result in results}
    assert f"{names[1]}  7 frames: 6 identical" in output
    assert f"Error: {names[2]}: " in output
