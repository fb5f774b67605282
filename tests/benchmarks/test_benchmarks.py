"""The benchmarks run, and recordings are as small as promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import family, load, page, pages, size, sockets, storage, stores, variants
from benchmarks.__main__ import main

from ..services import Services


@pytest.mark.parametrize("session", size.SESSIONS, ids=lambda session: session.label)
def test_a_session_takes_no_more_than_its_limit(session: size.Session) -> None:
    """A session of typing and one of reading stay within the allowed archive size."""
    assert size.measure(session).size <= session.limit


def test_the_measured_page_is_that_of_the_published_figures() -> None:
    """Twenty-five rows make about 6.6 KB of HTML."""
    html = page.make_app().test_client().get("/").text
    assert html.count("<tr>") == 25
    assert 6_400 < len(html) < 7_000


@pytest.mark.parametrize("key", sorted(family.PAGES.keys() - {"admin", "books", "table"}))
def test_each_page_of_the_family_answers_bare_and_recorded_alike(key: str, tmp_path: Path) -> None:
    """No status is a server error, and the recorder knows of each request."""
    found = family.PAGES[key]
    statuses = []
    for name in ("bare", "recording"):
        variant = variants.VARIANTS[name](tmp_path / name, found)
        request = variants.Requests(variant.app, found)
        assert request() > 0
        statuses.append(request.status)
    assert statuses[0] == statuses[1] < "5"
    with variant.app.app_context():
        replay = variant.app.extensions["replay"].replay
        replay.flush()
        (recording,) = replay.recordings.storage.active()
    assert recording.tally.requests == 2


def test_variants_are_measured_alternately_and_the_worst_page_is_named() -> None:
    """Each variant gives two times in each round, which become a row of the table."""
    measured = pages.measure("fragment", ["bare", "recording"], rounds=2, requests=3)
    for waits, processors in measured.values():
        assert len(waits) == len(processors) == 2
        assert min(*waits, *processors) > 0
    slow = {
        "bare": pages.Measured([10.0, 10.0], [10.0, 10.0]),
        "recording": pages.Measured([900.0, 900.0], [20.0, 20.0]),
    }
    *_, row, worst = pages.table({"fragment": measured, "line": slow})
    assert row.endswith("| 10 µs | **90.00×** | 2.00× |")
    assert "90.00× (line)" in worst


def test_appending_and_listing_are_measured(services: Services, tmp_path: Path) -> None:
    """In a folder and in a database."""
    for kind in (stores.KINDS[0], stores.KINDS[3]):
        with stores.opener(kind, services) as open_storage:
            assert storage.append(open_storage, processes=2, seconds=0.1) > 0
    with services.database("postgresql", tmp_path) as url:
        database = stores.open_database(url)
        storage.fill_database(database, 1_000)
        folder = storage.fill_folder(tmp_path, 100)
        measured = storage.measure_pages([database, folder], calls=2)
        assert all(min(times) > 0 for times in measured.values())
        found = [
            len(store.summaries(where=storage.FILTERS["errors"], limit=100))
            for store in (database, folder)
        ]
        assert found == [50, 5]
        database._database.engine.dispose()


def test_messages_on_sockets_are_measured_alternately() -> None:
    """In both directions. A recorded one costs little more."""
    measured = sockets.measure(500)
    assert measured.keys() == {"sent", "received"}
    assert all(recorded - plain < 10 * sockets.LIMIT for plain, recorded in measured.values())


def test_a_busy_server_is_measured() -> None:
    """As fast as it answers, at a rate, and by what its workers hold."""
    with load.served("bare", "fragment") as server:
        most, less = load.compare(server, server, rounds=1, seconds=0.5)
        slow = load.ask(server.port, 1.0, rate=50)
        held = server.memory()
    assert [len(loads) for loads in (most, less)] == [1, 1]
    assert min(most[0].rate, less[0].rate) > 0
    assert len(slow.waits) == 50
    assert min(slow.waits) <= slow.slowest <= max(slow.waits)
    assert 10 < held < 200


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    """One disturbed round changes nothing."""
    assert pages.ratio([2.0, 2.2, 90.0], [2.0, 2.0, 2.0]) == 1.1


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The command lists the available parts."""
    assert main(["spead"]) == 2
    assert "spead" in capsys.readouterr().err
