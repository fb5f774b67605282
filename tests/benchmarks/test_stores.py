"""The benchmarks of stores run at a small size, and check their limits. Times are not checked,
because machines differ.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import (
    capturing,
    finishing,
    growth,
    latency,
    sessions,
    storage,
    stores,
    upkeep,
    visits,
)

from ..services import Services


def test_the_latency_of_each_store_is_measured_beside_the_bare_app(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In alternating rounds. The table has a line for each."""
    with stores.address(stores.KINDS[2], services) as sqlite:
        addresses = {latency.BARE: "", stores.KINDS[0].label: str(tmp_path), "SQLite": sqlite}
        measured = latency.measure(addresses, rounds=2, requests=4)
    assert all(min(*found.medians, *found.slow) > 0 for found in measured.values())
    latency.show(measured)
    assert [line.partition("  ")[0] for line in capsys.readouterr().out.splitlines()[2:]] == [
        *addresses
    ]
    assert not latency.show({**measured, "SQLite": latency.Measured([1e9] * 2, [1e9] * 2)})


def test_finalizing_is_measured_in_a_separate_process(services: Services) -> None:
    """In files and in a database."""
    segments = visits.record(100)
    for kind in (stores.KINDS[0], stores.KINDS[2]):
        with stores.address(kind, services) as where:
            seconds, megabytes = finishing.measure(where, segments)
        assert 0 < seconds < 30
        assert 0 <= megabytes < finishing.LIMIT_MEGABYTES


def test_running_sessions_are_measured_in_a_separate_process(tmp_path: Path) -> None:
    """A few take almost nothing."""
    assert sessions.measure(str(tmp_path), 20) < sessions.LIMIT_MEGABYTES


def test_growth_is_measured_and_drawn(tmp_path: Path) -> None:
    """Stretch by stretch. The chart has a line for each store."""
    found = growth.measure(stores.open_at(str(tmp_path)), visits.record(40), 2_000)
    assert [stretch.events for stretch in found] == growth.stretches(2_000) == [1_000, 2_000]
    assert min(stretch.cost for stretch in found) > 0
    assert (
        growth.ratio([growth.Stretch(1, 2.0), growth.Stretch(2, 2.0), growth.Stretch(5, 3.0)])
        == 1.5
    )
    growth.draw({"files": found}, tmp_path / "picture.svg")
    assert "files" in (tmp_path / "picture.svg").read_text()


def test_upkeep_is_measured(services: Services, tmp_path: Path) -> None:
    """Lists during running sessions, and cleanups."""
    (tmp_path / "full").mkdir()
    assert upkeep.measure_cleanup(storage.fill_folder(tmp_path / "full", 20), 20) > 0
    for kind in (stores.KINDS[0], stores.KINDS[2]):
        with stores.opener(kind, services) as open_storage:
            assert min(upkeep.measure_list(open_storage(), running=3, calls=3)) > 0


def test_the_cost_of_captures_is_measured_while_none_is_running(tmp_path: Path) -> None:
    """For a request, and for a look by the thread."""
    assert min(capturing.measure(str(tmp_path), looks=3)) > 0
