"""A visitor who asks to be forgotten is, by workers that are at it too."""

from __future__ import annotations

from ..conftest import AppMaker, replay_of


def test_a_live_worker_goes_on_in_a_new_recording(make_app: AppMaker) -> None:
    """What it holds of the time before is let go; what the visitor does next is recorded."""
    app = make_app(identify=lambda: "ann")
    replay = replay_of(app)
    client = app.test_client()

    def look(name: str) -> None:
        client.get(f"/hello/{name}").close()

    with app.app_context():
        look("before")
        replay.flush()
        look("unwritten")
        assert len(replay.recordings.forget("ann").recordings) == 1
        replay.flush()
        assert replay.recordings.summaries() == []
        look("after")
        look("later")
        replay.finalize()
        (summary,) = replay.recordings.list()
        assert [replay.render(summary.id, n).html for n in range(summary.tally.frames)] == [
            "<h1>Hello after</h1>",
            "<h1>Hello later</h1>",
        ]
