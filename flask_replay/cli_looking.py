"""``flask replay list | show``: look at recordings, from the shell."""

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
from .player.steps import glance
from .recording.model import STATUSES, Action, AnyEvent, Frame, Message, Request, Run, Socket, Summary
from .storage import ALL, Filter


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(max(0, milliseconds), 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def _moment(summary: Summary) -> str:
    return datetime.fromtimestamp(summary.started_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


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


@replay_cli.command()
@click.argument("id")
@_json
@_plainly
def show(id: str, as_json: bool) -> None:
    """Show what happened in the recording ID, event by event.

    \b
    Example:
      flask replay show 01jd3m4yq8x7c5tkz2v9bnw6ef
    """
    recording = _replay().recordings.get(id)
    _state().audit("view", id)
    if as_json:
        _print_json(msgspec.to_builtins(recording, builtin_types=()))
        return
    summary = recording.summary
    say(f"{summary.id}  {_moment(summary)}  {_clock(summary.duration_ms)}  {summary.status}  {summary.name}".rstrip())
    for event in recording.events:
        say(f"{_clock(event.offset_ms):>8}  {_line(event)}")


def _line(event: AnyEvent) -> str:
    if isinstance(event, Request):
        target = f" -> {event.redirect}" if event.redirect else ""
        literal = f"  ({event.literal:,} characters that no template made)" if event.literal else ""
        return f"{event.method} {event.url}  {event.status}{target}{literal}"
    if isinstance(event, Frame):
        notes = ", ".join((*(["unfinished"] if event.stopped else []), *event.flags))
        return f"  render {event.template or '(string)'}{f'  ({notes})' if notes else ''}"
    if isinstance(event, Action):
        value = "" if event.value is None else f"  {event.value}"
        return f"{event.sequence}. {event.type} {event.selector}".rstrip() + value
    if isinstance(event, Run):
        return f"run {event.status}{f': {event.error}' if event.error else ''}"
    if isinstance(event, Message):
        return f"{'->' if event.sent else '<-'} {event.url}  {glance(event)}"
    if isinstance(event, Socket):
        by = f" by the {event.by}" if event.by else ""
        code = f"  {event.code}" if event.code else ""
        return f"  {event.protocol} {event.state}{by} {event.url}{code} {event.reason}".rstrip()
    return f"  error {event.type}: {event.message}"
