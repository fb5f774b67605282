"""Every common server for Flask: everything that visitors do is recorded once, and replays."""

from __future__ import annotations

from collections import Counter
from http.client import HTTPException
from pathlib import Path

import pytest

from flask_replay.storage.workers.names import LEFT

from ..faults import held, is_held
from .app import create_app
from .serving import KINDS, RELOADER, Server, Site, Visitor, visit_at_once


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def everything(visitors: list[Visitor]) -> dict[str, Counter[str]]:
    return {visitor.name: Counter(visitor.seen) for visitor in visitors}


def assert_replays(site: Site, visitors: list[Visitor]) -> None:
    """Finalize all recordings, and check that each visitor has one with the pages as they were
    sent.
    """
    app = create_app(site.folder)
    replay = app.extensions["replay"].replay
    with app.app_context():
        replay.finalize()
        summaries = replay.recordings.summaries()
        assert sorted(summary.name for summary in summaries) == sorted(
            visitor.name for visitor in visitors
        )
        for summary in summaries:
            report = replay.verify(summary.id)
            assert (report.frames, report.ok) == (summary.tally.requests, True)


def wait_until_written(server: Server, visitors: list[Visitor]) -> None:
    """Wait until the running server has written everything so far."""

    def written() -> bool:
        if server.kind.needs_requests:
            visit_at_once(server, visitors, 1)
            return all(sum(urls.values()) > 10 for urls in server.site.urls().values())
        return server.site.urls() == everything(visitors)

    server.wait_until(written)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_visitors_do_is_recorded_once(site: Site, kind: str) -> None:
    """Within the flush interval while the server runs, and up to the last request when it ends."""
    visitors = [Visitor(f"v{number}") for number in range(6)]
    with site.serve(KINDS[kind]) as server:
        visit_at_once(server, visitors, 10)
        wait_until_written(server, visitors)
        visit_at_once(server, visitors, 2)
        server.wait_until_idle(visitors)
    assert site.urls() == everything(visitors), server.log()
    assert "Flask-Replay could not" not in server.log()
    assert (
        len(set[str]().union(*(visitor.workers for visitor in visitors))) <= KINDS[kind].processes
    )
    assert_replays(site, visitors)


@pytest.mark.parametrize("kind", ["uwsgi", "uwsgi enable-threads", "gunicorn sync"])
def test_a_hanging_store_delays_neither_visitors_nor_the_end(site: Site, kind: str) -> None:
    """Nothing is lost: the next server saves what the store did not accept."""
    visitors = [Visitor(f"v{number}") for number in range(3)]
    with held(site.storage.path):
        with site.serve(KINDS[kind]) as server:
            visit_at_once(server, visitors, 5)
            server.wait_until_idle(visitors)
        assert is_held(site.storage.path)
    others = [Visitor(f"w{number}") for number in range(3)]
    with site.serve(KINDS[kind]) as server:
        visit_at_once(server, others, 2)
        server.wait_until_idle(others)
    site.replay("recover")
    seen = Counter(path for visitor in (*visitors, *others) for path in visitor.seen)
    assert asked_of(site) == seen, server.log()


def asked_of(site: Site) -> Counter[str]:
    """Return the paths of all recorded requests, in whichever recordings."""
    found = [site.recordings.get_active(summary.id) for summary in site.storage.active()]
    found += [site.recordings.get(summary.id) for summary in site.storage.summaries()]
    return Counter(
        batch.request.path for recording in found for batch in recording.batches if batch.request
    )


def test_flasks_reloader_loses_nothing_and_writes_once(site: Site) -> None:
    """A file changes while a visitor views pages: a new process continues, and no third one writes.

    Its threads end wherever they are: of the last page that the first process answered nobody may
    know.
    """
    visitors = [Visitor("ann")]
    cut: list[str] = []
    last: set[str] = set()
    with site.serve(RELOADER) as server:
        visit_at_once(server, visitors, 5)
        (first,) = visitors[0].workers
        site.module.write_text(site.module.read_text() + "# touched\n")

        def reloaded() -> bool:
            path = f"/{len(visitors[0].seen)}-{len(cut)}"
            try:
                visitors[0].look(server, path)
            except (OSError, HTTPException):
                # no process is listening yet, or the response was cut
                cut.append(path)
                return False
            if visitors[0].workers == {first}:
                last.clear()
                last.add(path)
            return visitors[0].workers != {first}

        server.wait_until(reloaded)
        visit_at_once(server, visitors, 5)
        seen = set(visitors[0].seen) - last
        # the process that reloads kills the other
        server.wait_until(lambda: seen <= set(site.urls().get("ann", ())))
    assert len(visitors[0].workers) == 2
    found = site.urls()["ann"]
    assert set(found.values()) == {1}
    assert seen <= set(found) <= {*visitors[0].seen, *cut}, server.log()
    (recording,) = site.running().values()
    segments = (site.storage.path / "journal" / recording.summary.id).glob("*.seg")
    assert len({segment.stem.removesuffix(LEFT) for segment in segments}) == 2
    assert_replays(site, visitors)


def test_a_command_is_recorded_only_within_a_block(site: Site) -> None:
    """In a separate process that ends immediately afterwards."""
    site.flask("letters")
    assert site.recordings.summaries() == []
    name = site.flask("letters", "--record").strip()
    (summary,) = site.recordings.summaries()
    assert (summary.id, summary.name, summary.status, summary.tally.frames) == (
        name,
        "letters",
        "finished",
        2,
    )
    assert "2 identical" in site.replay("verify", name)
