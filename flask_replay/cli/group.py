"""``flask replay …``: the group of commands, what they share, and those that finish, look after and delete."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
import msgspec
from flask import Flask, current_app
from flask.cli import AppGroup

from ..errors import ConfigError, DecodeError, RecordingNotFound, ReplayError
from ..forms import Form
from ..inert import inert, inert_json
from ..sanitize.text import clean
from ..settings import KEY
from ..storage import Storage

if TYPE_CHECKING:
    from ..app_state import State
    from ..extension import Replay
    from ..recorder.delivery.health import Health

P = ParamSpec("P")
R = TypeVar("R")

replay_cli = AppGroup("replay", help="Look at recordings of visitors' sessions, verify them, delete them.")

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


if TYPE_CHECKING:
    _Parameter = click.ParamType[Any]
else:
    _Parameter = click.ParamType  # generic since Click 8.2


class Of(_Parameter):
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
        say(line[:1].upper() + line[1:], err=True)


def _plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the project's errors, and the system's, into one line and exit status 1."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return command(*arguments, **options)
        except (ReplayError, OSError) as error:
            text = clean(str(error)) if isinstance(error, OSError) else str(error)  # which a store may have raised
            raise click.ClickException(inert(text.replace("\n", " "))) from error

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


def say(*lines: str, err: bool = False) -> None:
    """Print lines. What others wrote, visitors among them, may stand in one: it stays in it, and does nothing.

    :param err: to stderr.
    """
    for line in lines:
        click.echo(inert(line), err=err)


def _print_json(data: Any) -> None:
    click.echo(inert_json(msgspec.json.format(msgspec.json.encode(data)).decode()))


@replay_cli.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_plainly
def finalize(ids: tuple[str, ...]) -> None:
    """Finish running recordings now: those named, or all.

    Use it before a machine goes away; after one has died, use recover. Sessions without interaction
    are discarded. What has to be left is named, with the reason, and the exit status is 1 then.

    \b
    Example:
      flask replay finalize
    """
    replay, storage = _replay(), _replay().recordings.storage
    names = list(ids) or list(storage.touched())
    with _progress("finishing") as tell:
        for number, name in enumerate(names, 1):
            replay.finalize(name)
            if len(names) > 1:
                tell(number, len(names))
    left = sorted(set(names) & storage.touched().keys())
    kept = sum(storage.finished(name) for name in names)
    say(f"{len(names) - len(left)} finished, {kept} kept.")
    for name in left:
        say(f"{name} goes on: {_why_left(storage, name)}", err=True)
    if left:
        sys.exit(1)


def _why_left(storage: Storage, name: str) -> str:
    """Return why a recording that was to be finished is still in progress."""
    try:
        storage.read(name)
    except DecodeError as error:
        return f"it cannot be read, and stays as it is until cleanup: {error}"
    except RecordingNotFound:
        return "it was finished this moment"
    return "another process is finishing it, or its visitor came back: try again in a minute"


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
    say(
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
        say(f"{name:9} {place.name}: {', '.join(can) or 'out of reach'} ({place.seconds * 1000:.0f} ms)")
    say(f"{'spooled':9} {health.spooled_bytes:,} of {health.max_spool:,} bytes")
    for worker in health.workers:
        status = worker.status
        say(
            f"{'worker':9} {status.worker}  {worker.fate}: {status.waiting} wait in memory, "
            f"{status.spooled} in the spool, {status.saved} saved, {status.dropped} lost"
        )
    say(f"{'settings':9} " + ", ".join(f"{name}: {value}" for name, value in health.settings.items()))
    for line in health.problems:
        say(f"Problem: {line}", err=True)
    if health.ok:
        say("All is well.")


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
        click.confirm(inert(f"Delete {id}?"), abort=True)
    _replay().recordings.delete(id)
    say(f"{id} deleted.")


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
    say(f"{count} deleted.")
