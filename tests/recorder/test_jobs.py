"""Renders outside of requests are recorded on request, each job separately."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context

import pytest
from flask import Flask, render_template_string

from flask_replay import Replay
from flask_replay.errors import RecordingNotFound
from flask_replay.recording.model import Recording

from ..conftest import AppMaker, recordings_of, replay_of

LETTER = "<p>Dear {{ name }}</p>"


def letters(*names: str) -> list[str]:
    return [render_template_string(LETTER, name=name) for name in names]


def shown(replay: Replay, id: str | None) -> list[str]:
    """Return the outputs of a recording's frames, after checking that all replay identically."""
    assert id is not None
    assert replay.verify(id).ok
    return [
        replay.render(id, number).html
        for number in range(len(list(replay.recordings.get(id).frames)))
    ]


def test_a_command_is_recorded_within_a_block(app: Flask) -> None:
    """As a user would write it. The recording is finished when the block ends, and has the name."""
    replay = replay_of(app)
    with app.app_context():
        letters("nobody")
        with replay.record("weekly letter") as id:
            assert replay.current == id
            letters("ann", "bob")
        letters("nobody")
        assert replay.current is None
        (summary,) = replay.recordings.summaries()
        assert (summary.id, summary.status, summary.name, summary.tally.frames) == (
            id,
            "finished",
            "weekly letter",
            2,
        )
        assert shown(replay, id) == ["<p>Dear ann</p>", "<p>Dear bob</p>"]


def test_the_player_shows_what_a_job_rendered(app: Flask) -> None:
    """Each render is a step with a page and a verdict."""
    app.debug = True
    replay = replay_of(app)
    with app.app_context(), replay.record("letters") as id:
        letters("ann", "bob")
    client = app.test_client()
    steps = client.get(f"/replay/{id}/steps.json").get_json()["steps"]
    assert [(step["shows"], step["method"], step["url"]) for step in steps] == [
        ("page", "render", "(from a string)")
    ] * 2
    assert "Dear bob" in client.get(f"/replay/{id}/page/1").get_data(as_text=True)
    assert client.get(f"/replay/{id}/verdict/1.json").get_json()["state"] == "identical"
    assert client.get(f"/replay/{id}/step/1.json").get_json()["request"] == {}


def test_threads_have_separate_jobs(app: Flask) -> None:
    """What one thread renders is in no other thread's recording."""
    replay = replay_of(app)
    ids: dict[int, str | None] = {}
    together = threading.Barrier(8)

    def work(number: int) -> None:
        with app.app_context(), replay.record(f"job {number}") as id:
            ids[number] = id
            for step in range(10):
                together.wait()
                letters(f"{number} {step}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, id in ids.items():
        assert shown(replay, id) == [f"<p>Dear {number} {step}</p>" for step in range(10)]


def test_threads_that_copy_the_context_render_for_the_job(app: Flask) -> None:
    """Other threads do not, because they may belong to anything."""
    replay = replay_of(app)

    def work(name: str) -> None:
        with app.app_context():
            letters(name)

    with app.app_context(), replay.record("job") as id:
        threads = [
            threading.Thread(target=copy_context().run, args=(work, f"mine {n}")) for n in range(8)
        ]
        threads.append(threading.Thread(target=work, args=("not mine",)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(shown(replay, id)) == [f"<p>Dear mine {n}</p>" for n in range(8)]


def test_tasks_have_separate_jobs(app: Flask) -> None:
    """They take turns in one thread."""
    replay = replay_of(app)

    async def work(number: int) -> str | None:
        with replay.record(f"job {number}") as id:
            for step in range(5):
                letters(f"{number} {step}")
                await asyncio.sleep(0)
        return id

    async def both() -> list[str | None]:
        return list(await asyncio.gather(work(0), work(1)))

    with app.app_context():
        for number, id in enumerate(asyncio.run(both())):
            assert shown(replay, id) == [f"<p>Dear {number} {step}</p>" for step in range(5)]


def test_a_job_within_a_job_has_its_own_recording(app: Flask) -> None:
    """The inner job's renders are not the outer one's."""
    replay = replay_of(app)
    with app.app_context():
        with replay.record("outer") as outer:
            letters("before")
            with replay.record("inner") as inner:
                letters("within")
            letters("after")
        assert shown(replay, outer) == ["<p>Dear before</p>", "<p>Dear after</p>"]
        assert shown(replay, inner) == ["<p>Dear within</p>"]


def test_a_job_within_a_recorded_request_has_its_own_recording(make_app: AppMaker) -> None:
    """A mail that a page sends is not part of the page. A request sent by a job is recorded
    separately.
    """
    app = make_app()
    replay = replay_of(app)
    ids: list[str | None] = []

    @app.post("/order")
    def order() -> str:
        with replay.record("letter") as id:
            ids.append(id)
            letters("customer")
            app.test_client().get("/hello/robot").close()
        return render_template_string("<p>Thanks</p>")

    app.test_client().post("/order").close()
    assert shown(replay, ids[0]) == ["<p>Dear customer</p>"]
    with app.app_context():
        replay.flush()
        running = {
            summary.landing: summary.tally.frames for summary in replay.recordings.storage.active()
        }
    assert running == {"/order": 1, "/hello/robot": 1}


def test_an_exception_is_recorded_and_passed_on(app: Flask) -> None:
    """Once, whether it was raised by a render or by the code around it."""
    replay = replay_of(app)

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    def errors(id: str | None) -> list[tuple[str, int]]:
        recording: Recording = replay.recordings.get(str(id))
        return [(error.type, error.frame) for batch in recording.batches for error in batch.errors]

    with app.app_context():
        with pytest.raises(ZeroDivisionError), replay.record("torn") as first:
            render_template_string("before {{ 1 / nothing }}", nothing=0)
        with pytest.raises(KeyboardInterrupt), replay.record("stopped") as second:
            interrupt(*letters("ann"))
        with pytest.raises(KeyError), replay.record("lost") as third:
            dict[str, str]()["key"]
        assert errors(first) == [("ZeroDivisionError", 0)]
        assert (errors(second), shown(replay, second)) == ([], ["<p>Dear ann</p>"])
        assert errors(third) == [("KeyError", -1)]


def test_renders_within_a_render_stay_with_it(app: Flask) -> None:
    """In one batch, with the inner frame's parent."""
    replay = replay_of(app)
    with app.app_context():
        with replay.record("nested") as id:
            render_template_string("{{ inner() }}", inner=lambda: letters("ann")[0])
            letters("bob")
        first, second = replay.recordings.get(str(id)).batches
        assert [frame.parent for frame in first.frames] == [-1, 0]
        assert [frame.parent for frame in second.frames] == [-1]


def test_a_long_job_holds_few_renders_in_memory(app: Flask) -> None:
    """Renders are handed over and written while the job is running."""
    replay = replay_of(app)
    with app.app_context(), replay.record("long"):
        letters(*map(str, range(200)))
        replay.flush()
        (recording,) = recordings_of(app)
        assert recording.summary.tally.frames == 199


def test_a_stream_becomes_a_frame_when_it_is_read(app: Flask) -> None:
    """Even if another render has begun before its end."""
    replay = replay_of(app)
    with app.app_context():
        with replay.record("stream") as id:
            stream = app.jinja_env.from_string("<p>{{ a }}</p><p>{{ b }}</p>").generate(a=1, b=2)
            pieces = [next(stream)]
            letters("ann")
            pieces += stream
        assert sorted(shown(replay, id)) == ["<p>1</p><p>2</p>", "<p>Dear ann</p>"]


def test_a_job_that_renders_nothing_leaves_no_recording(app: Flask) -> None:
    """Its id names nothing."""
    replay = replay_of(app)
    with app.app_context():
        with replay.record("idle") as id:
            pass
        with pytest.raises(RecordingNotFound):
            replay.recordings.get(str(id))


def test_a_job_runs_normally_without_recording(make_app: AppMaker) -> None:
    """It is told that there is no recording."""
    app = make_app(REPLAY_ENABLED=False)
    with app.app_context(), replay_of(app).record("job") as id:
        assert id is None
        assert letters("ann") == ["<p>Dear ann</p>"]


def test_renders_of_another_app_do_not_belong_to_the_job(make_app: AppMaker) -> None:
    """A job belongs to one app."""
    app, other = make_app(), make_app("other")
    replay = replay_of(app)
    with app.app_context():
        with replay.record("job") as id:
            letters("ann")
            with other.app_context():
                letters("bob")
                assert replay_of(other).current is None
        assert shown(replay, id) == ["<p>Dear ann</p>"]


def test_a_failing_store_does_not_stop_a_job(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged, and the rendered text is the same."""
    app = make_app(REPLAY_RETRY_DELAY=0.01)
    replay = replay_of(app)
    storage = replay.recordings.storage
    storage.path.symlink_to(storage.path)  # type: ignore[attr-defined]
    with app.app_context(), replay.record("job"):
        assert letters("ann") == ["<p>Dear ann</p>"]
    assert "Flask-Replay could not" in caplog.text
