"""``flask replay finalize | recover | doctor | delete | clear``: finalize, maintain and delete
recordings.
"""

from __future__ import annotations

import sys

import click
import msgspec

from ..errors import DecodeError, RecordingNotFound
from ..recorder.delivery.health import Health
from ..safe_text import inert
from ..storage import Storage
from .common import (
    current_replay,
    json_option,
    plainly,
    print_json,
    progress,
    replay_cli,
    say,
    yes_option,
)


@replay_cli.command(short_help="Finalize running recordings now.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@plainly
def finalize(ids: tuple[str, ...]) -> None:
    """Finalize running recordings now: those with the given IDs, or all.

    Use it before a machine is removed. After a machine has died, use recover. Data that workers
    left in the spool when they ended is saved first. Sessions without interaction are discarded.
    Recordings that could not be finalized are named with the reason, and the exit status is then 1.

    \b
    Example:
      flask replay finalize
    """
    replay, storage = current_replay(), current_replay().recordings.storage
    replay._collect()
    names = list(ids) or list(storage.touched())
    with progress("finalizing") as advance:
        for number, name in enumerate(names, 1):
            replay.finalize(name)
            if len(names) > 1:
                advance(number, len(names))
    left = sorted(set(names) & storage.touched().keys())
    kept = sum(storage.finished(name) for name in names)
    say(f"{len(names) - len(left)} finished, {kept} kept.")
    for name in left:
        say(f"{name} is still running: {_why_left(storage, name)}", err=True)
    if left:
        sys.exit(1)


def _why_left(storage: Storage, name: str) -> str:
    """Return why a recording that should have been finalized is still running."""
    try:
        storage.read(name)
    except DecodeError as error:
        return f"it cannot be read, and is kept until cleanup: {error}"
    except RecordingNotFound:
        return "it was finalized just now"
    return "another process is finalizing it, or its visitor came back: try again in a minute"


@replay_cli.command()
@json_option
@plainly
def recover(as_json: bool) -> None:
    """Finalize recordings left behind by killed workers. Recordings of running workers are left
    alone.

    Recordings with interaction are kept as "interrupted", with everything that was written. Others
    are deleted. The recorder does the same when it starts. Recordings of another machine are
    finalized once they have been idle for REPLAY_IDLE_TIMEOUT and one more minute. A visitor who
    comes back starts a new recording.

    \b
    Example:
      flask replay recover
    """
    with progress("recovering") as advance:
        done = current_replay().recover(advance)
    if as_json:
        print_json(msgspec.to_builtins(done))
        return
    say(
        f"{len(done.interrupted)} interrupted and kept, {len(done.finished)} idle and finished, "
        f"{len(done.deleted)} without interaction and deleted, {done.running} still running."
    )


@replay_cli.command(short_help="Report the state of recording on this machine.")
@json_option
@plainly
def doctor(as_json: bool) -> None:
    """Report the state of recording on this machine: the configuration, whether the store responds,
    which data is waiting or was lost, and why.

    The store is tested, which leaves nothing behind. The exit status is 1 if something is wrong.

    \b
    Example:
      flask replay doctor
    """
    health = current_replay().health()
    if as_json:
        print_json(msgspec.to_builtins(health))
    else:
        _print_health(health)
    if not health.ok:
        sys.exit(1)


def _print_health(health: Health) -> None:
    for name, place in (("store", health.store), ("spool", health.spool)):
        can = [
            word
            for word, is_so in (("readable", place.readable), ("writable", place.writable))
            if is_so
        ]
        say(
            f"{name:9} {place.name}: {', '.join(can) or 'out of reach'} "
            f"({place.seconds * 1000:.0f} ms)"
        )
    say(f"{'spooled':9} {health.spooled_bytes:,} of {health.max_spool:,} bytes")
    for worker in health.workers:
        status = worker.status
        say(
            f"{'worker':9} {status.worker}  {worker.fate}: {status.waiting} wait in memory, "
            f"{status.spooled} in the spool, {status.saved} saved, {status.dropped} lost"
        )
    say(
        f"{'settings':9} "
        + ", ".join(f"{name}: {value}" for name, value in health.settings.items())
    )
    say(f"{'core':9} {health.core}")
    for line in health.problems:
        say(f"Problem: {line}", err=True)
    if health.ok:
        say("All is well.")


@replay_cli.command()
@click.argument("id")
@yes_option
@plainly
def delete(id: str, yes: bool) -> None:
    """Delete the recording ID.

    \b
    Example:
      flask replay delete 01jd3m4yq8x7c5tkz2v9bnw6ef --yes
    """
    if not yes:
        click.confirm(inert(f"Delete {id}?"), abort=True)
    current_replay().recordings.delete(id)
    say(f"{id} deleted.")


@replay_cli.command()
@yes_option
@plainly
def clear(yes: bool) -> None:
    """Delete all finished recordings. Running and pinned ones stay.

    \b
    Example:
      flask replay clear --yes
    """
    if not yes:
        click.confirm("Delete all finished recordings that are not pinned?", abort=True)
    with progress("deleting") as advance:
        count = current_replay().recordings.clear(advance)
    say(f"{count} deleted.")
