"""``flask replay list``: look at recordings, from the shell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
import msgspec

from .cli import (
    Of,
    _json,
    _obstacles,
    _plainly,
    _print_json,
    _replay,
    _say_obstacles,
    _state,
    replay_cli,
    say,
)
from .forms import moment
from .recording.model import STATUSES, Summary
from .storage import ALL, Filter


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(max(0, milliseconds), 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def _moment(summary: Summary) -> str:
    return at(summary.started_at)


def at(moment: float) -> str:
    """Return a moment, in seconds since 1970, as the clock of this machine has it."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


@replay_cli.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@click.option("--before", help="Only recordings older than this id: the last one of the page before.")
@click.option("--status", type=click.Choice(("live", *STATUSES[1:])), help="Only recordings that are so.")
@click.option("--user", help="Only those of the visitor whom `identify` calls so.")
@click.option("--errors", is_flag=True, help="Only those in which something failed.")
@click.option("--since", type=Of(moment()), metavar="WHEN", help="Only those begun since: 7d (ago), 2026-11-28.")
@click.option("--until", type=Of(moment()), metavar="WHEN", help="Only those begun before.")
@click.option("--unconfirmed", is_flag=True, help="Those of visitors who never sent our cookie back, too: bots.")
@_json
@_plainly
def list_(limit: int, before: str | None, as_json: bool, user: str | None, unconfirmed: bool, **wanted: Any) -> None:
    """List recordings, newest first; running ones among them.

    \b
    Examples:
      flask replay list --limit 10
      flask replay list --status failed --since 7d
    """
    where = Filter(name=user, **wanted)
    summaries = _replay().recordings.summaries(before=before, limit=limit, where=where, unconfirmed=unconfirmed)
    _state().audit("list", detail=f"{len(summaries)} recordings")
    if as_json:
        _print_json([msgspec.to_builtins(summary) for summary in summaries])
        return
    _say_obstacles(_obstacles())
    if not summaries:
        say("There are no recordings yet." if where == ALL and before is None else "No recording is so.")
        return
    say(f"{'ID':26}  {'STARTED':19}  {'LENGTH':>8}  {'PAGES':>5}  {'ERRORS':>6}  {'STATUS':16}  WHO")
    for summary in summaries:
        status = "unreadable" if "unreadable" in summary.flags else summary.status
        status += ", pinned" if summary.pinned else ""
        say(
            f"{summary.id}  {_moment(summary):19}  {_clock(summary.duration_ms):>8}  "
            f"{summary.tally.pages:>5}  {summary.tally.errors:>6}  {status:16}  {summary.name or '-'}"
        )
