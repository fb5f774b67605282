"""Forms of values: settings, options and calls accept the same spellings."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from flask_replay import ConfigError, FileStorage, Filter
from flask_replay.storage import Recordings


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (1_700_000_000, 1_700_000_000),
        ("1700000000", 1_700_000_000),
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), 1_700_000_000),
        ("2023-11-14T22:13:20+00:00", 1_700_000_000),
        (0, 0),
        (None, None),
    ],
)
def test_a_filter_accepts_any_form_of_a_moment(said: object, seconds: float | None) -> None:
    """Seconds, a date with a time zone, or a text."""
    assert Filter(since=said, until=said).since == seconds


@pytest.mark.parametrize("said", ["7d", "168h", timedelta(days=7)])
def test_a_duration_means_so_long_ago(said: object) -> None:
    """As people ask for it."""
    assert Filter(since=said).since == pytest.approx(time.time() - 7 * 86_400, abs=60)


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "soon"},
        {"until": -1},
        {"since": float("nan")},
        {"status": "broken"},
        {"since": "2026-13-01"},
    ],
)
def test_an_invalid_filter_is_named(wrong: dict[str, object]) -> None:
    """With its rule."""
    with pytest.raises(ConfigError, match=f"^{next(iter(wrong))} must be"):
        Filter(**wrong)  # type: ignore[arg-type]


def test_a_cleanup_accepts_sizes_and_durations_like_settings(
    tmp_path: pytest.TempPathFactory,
) -> None:
    """Numbers or texts."""
    recordings = Recordings(FileStorage(str(tmp_path)), 10, 1e9)
    assert recordings.cleanup(max_age="7d", max_size="1GB", dry_run=True) is not None
    assert recordings.cleanup(max_age=timedelta(days=7), max_size=1, dry_run=True) is not None
    with pytest.raises(ConfigError, match="max_size must be a size"):
        recordings.cleanup(max_size="much")
    with pytest.raises(ConfigError, match="max_age must be a duration"):
        recordings.cleanup(max_age="long")
