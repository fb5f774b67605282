"""``flask replay …``: look at recordings, verify them, and get rid of them, from the shell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
import msgspec
from flask import Flask, current_app
from flask.cli import AppGroup

from .errors import ConfigError, ReplayError
from .forms import Form
from .player.steps import glance
from .recording.model import Action, AnyEvent, Frame, Message, Request, Run, Socket, Summary
from .replaying.verify import DIFFERENT, UNFINISHED, Verification
from .settings import KEY

if TYPE_CHECKING:
    from .capture.health import Health
    from .extension import Replay, State

P = ParamSpec("P")
R = TypeVar("R")

replay_cli = AppGroup("replay", help="Look at recordings of visitors' sessions, verify them, delete them.")

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


class Of(click.ParamType[Any]):
    """An option that takes what a setting of the same form takes."""

    def __init__(self, form: Form[Any]) -> None:
        self.name = "value"
        self.form = form

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value as the program uses it; end with one line otherwise."""
        try:
            return self.form.read("it", value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


def _state() -> State:
    """Return what belongs to the current app.

    :raises ConfigError: it has no Replay.
    """
    state: State | None = current_app.extensions.get(KEY)
    if state is None:
        raise ConfigError(f"the app {current_app.name!r} has no Replay: call Replay(app), or replay.init_app(app)")
    return state


def _replay() -> Replay:
    return _state().replay


def _obstacles() -> list[str]:
    """Return why new visitors of the current app are not recorded."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _state().obstacles(app)


def _say_obstacles(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line[:1].upper() + line[1:], err=True)


def _plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the project's errors, and the system's, into one line and exit status 1."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return command(*arguments, **options)
        except (ReplayError, OSError) as error:
            raise click.ClickException(str(error).replace("\n", " ")) from error

    return run


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while something works through many; it goes to stderr, and only to a terminal."""
    bar: Any = None

    def tell(done: int, total: int) -> None:
        nonlocal bar
        if not sys.stderr.isatty():
            return
        if bar is None:
            bar = click.progressbar(length=total, label=label, file=sys.stderr)
            bar.__enter__()
        bar.update(done - bar.pos)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)


def _print_json(data: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(data)).decode())


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(max(0, milliseconds), 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def _moment(summary: Summary) -> str:
    return datetime.fromtimestamp(summary.started_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


@replay_cli.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@click.option("--before", help="Only recordings older than this id: the last one of the page before.")
@_json
@_plainly
def list_(limit: int, before: str | None, as_json: bool) -> None:
    """List recordings, newest first; running ones among them.

    \b
    Example:
      flask replay list --limit 10
    """
    summaries = _replay().recordings.summaries(before=before, limit=limit)
    if as_json:
        _print_json([msgspec.to_builtins(summary) for summary in summaries])
        return
    _say_obstacles(_obstacles())
    if not summaries:
        click.echo("There are no recordings yet.")
        return
    click.echo(f"{'ID':26}  {'STARTED':19}  {'LENGTH':>8}  {'PAGES':>5}  {'ERRORS':>6}  {'STATUS':16}  WHO")
    for summary in summaries:
        status = "unreadable" if "unreadable" in summary.flags else summary.status
        status += ", pinned" if summary.pinned else ""
        click.echo(
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
    if as_json:
        _print_json(msgspec.to_builtins(recording, builtin_types=()))
        return
    summary = recording.summary
    click.echo(
        f"{summary.id}  {_moment(summary)}  {_clock(summary.duration_ms)}  {summary.status}  {summary.name}".rstrip()
    )
    for event in recording.events:
        click.echo(f"{_clock(event.offset_ms):>8}  {_line(event)}")


def _line(event: AnyEvent) -> str:
    if isinstance(event, Request):
        target = f" -> {event.redirect}" if event.redirect else ""
        return f"{event.method} {event.url}  {event.status}{target}"
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


@replay_cli.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--now", is_flag=True, help="Render with today's templates: what would have changed?")
@_json
@_plainly
def verify(ids: tuple[str, ...], now: bool, as_json: bool) -> None:
    """Render recordings again and compare each frame with what the visitor was sent.

    Without an ID, all finished recordings, a line each; with IDs, a line for each frame. A frame that
    is different, or asks for what was not recorded, is always named. The exit status is 1 when a frame is
    different or a recording cannot be read.

    \b
    Examples:
      flask replay verify
      flask replay verify 01jd3m4yq8x7c5tkz2v9bnw6ef --now
    """
    replay = _replay()
    names = list(ids) or [summary.id for summary in replay.recordings.list()]
    if not names and not as_json:
        click.echo("There are no finished recordings to verify.")
        _say_obstacles(_obstacles())
    results: list[Verification] = []
    unreadable: list[str] = []
    with _progress("verifying") as tell:
        for number, name in enumerate(names, 1):
            try:
                results.append(replay.verify(name, now=now))
            except ReplayError as error:
                unreadable.append(f"{name}: {error}")
            if len(names) > 1 and not as_json:
                tell(number, len(names))
    if as_json:
        recordings = [
            {"id": result.id, "ok": result.ok, "frames": msgspec.to_builtins(result.verdicts)} for result in results
        ]
        _print_json({"recordings": recordings, "unreadable": unreadable})
    else:
        for result in results:
            _print_verification(result, every_frame=bool(ids))
        for line in unreadable:
            click.echo(f"Error: {line}", err=True)
    if unreadable or not all(result.ok for result in results):
        sys.exit(1)


def _print_verification(result: Verification, *, every_frame: bool) -> None:
    unfinished = sum(verdict.verdict == UNFINISHED for verdict in result.verdicts)
    click.echo(
        f"{result.id}  {result.frames} frames: {result.identical} identical, "
        f"{result.redacted} identical but for redacted values, {len(result.differences)} different"
        + (f", {unfinished} unfinished" if unfinished else "")
    )
    for verdict in result.verdicts:
        if every_frame or verdict.verdict == DIFFERENT or verdict.missing or verdict.problem:
            click.echo(f"  frame {verdict.frame}  {verdict.template or '(string)'}  {verdict.verdict}")
            for name in verdict.missing:
                click.echo(f"    not in the recording: {name}")
            if verdict.problem:
                click.echo(f"    {verdict.problem}")
            for line in verdict.diff.splitlines():
                click.echo(f"    {line}")


@replay_cli.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_plainly
def finalize(ids: tuple[str, ...]) -> None:
    """Finish running recordings now: those named, or all.

    Use it before a machine goes away; after one has died, use recover. Sessions without interaction
    are discarded.

    \b
    Example:
      flask replay finalize
    """
    replay = _replay()
    names = list(ids) or [summary.id for summary in replay.recordings.active()]
    kept = 0
    with _progress("finishing") as tell:
        for number, name in enumerate(names, 1):
            replay.finalize(name)
            kept += replay.recordings.storage.finished(name)
            if len(names) > 1:
                tell(number, len(names))
    click.echo(f"{len(names)} finished, {kept} kept.")


@replay_cli.command()
@_json
@_plainly
def recover(as_json: bool) -> None:
    """Finish what workers left behind that were killed. What living workers record goes on.

    Recordings with interaction are kept, as "interrupted", with all that was written; others are deleted.
    The recorder does the same when it starts. Those of another machine count when they have been idle for
    longer than REPLAY_IDLE_TIMEOUT. A visitor who comes back begins a new recording.

    \b
    Example:
      flask replay recover
    """
    with _progress("recovering") as tell:
        done = _replay().recover(tell)
    if as_json:
        _print_json(msgspec.to_builtins(done))
        return
    click.echo(
        f"{len(done.interrupted)} interrupted and kept, {len(done.finished)} idle and finished, "
        f"{len(done.deleted)} without interaction and deleted, {done.running} still running."
    )


@replay_cli.command()
@_json
@_plainly
def doctor(as_json: bool) -> None:
    """Say how recording fares on this machine: what is configured, answers, waits and was lost, and why.

    The store is tried, which leaves nothing behind. The exit status is 1 when something is wrong.

    \b
    Example:
      flask replay doctor
    """
    health = _replay().health()
    if as_json:
        _print_json(msgspec.to_builtins(health))
    else:
        _print_health(health)
    if not health.ok:
        sys.exit(1)


def _print_health(health: Health) -> None:
    for name, place in (("store", health.store), ("spool", health.spool)):
        can = [word for word, is_so in (("readable", place.readable), ("writable", place.writable)) if is_so]
        click.echo(f"{name:9} {place.name}: {', '.join(can) or 'out of reach'} ({place.seconds * 1000:.0f} ms)")
    click.echo(f"{'spooled':9} {health.spooled_bytes:,} of {health.max_spool:,} bytes")
    for worker in health.workers:
        status = worker.status
        click.echo(
            f"{'worker':9} {status.worker}  {worker.fate}: {status.waiting} wait in memory, "
            f"{status.spooled} in the spool, {status.saved} saved, {status.dropped} lost"
        )
    click.echo(f"{'settings':9} " + ", ".join(f"{name}: {value}" for name, value in health.settings.items()))
    for line in health.problems:
        click.echo(f"Problem: {line}", err=True)
    if health.ok:
        click.echo("All is well.")


@replay_cli.command()
@click.argument("id")
@_yes
@_plainly
def delete(id: str, yes: bool) -> None:
    """Delete the recording ID.

    \b
    Example:
      flask replay delete 01jd3m4yq8x7c5tkz2v9bnw6ef --yes
    """
    if not yes:
        click.confirm(f"Delete {id}?", abort=True)
    _replay().recordings.delete(id)
    click.echo(f"{id} deleted.")


@replay_cli.command()
@_yes
@_plainly
def clear(yes: bool) -> None:
    """Delete all finished recordings. Running and pinned ones stay.

    \b
    Example:
      flask replay clear --yes
    """
    if not yes:
        click.confirm("Delete all finished recordings that are not pinned?", abort=True)
    with _progress("deleting") as tell:
        count = _replay().recordings.clear(tell)
    click.echo(f"{count} deleted.")
