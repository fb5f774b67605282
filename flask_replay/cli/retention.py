"""``flask replay pin | unpin | cleanup | forget``: decide which recordings stay, and delete
others.
"""

from __future__ import annotations

import click
import msgspec

from ..safe_text import inert
from ..storage.lifecycle.retention import Cleaned
from ..value_forms import duration, size
from .common import (
    FormType,
    current_replay,
    json_option,
    plainly,
    print_json,
    progress,
    replay_cli,
    say,
    yes_option,
)
from .times import counted


@replay_cli.command(short_help="Protect a recording from cleanup and clear.")
@click.argument("id")
@plainly
def pin(id: str) -> None:
    """Protect the recording ID from cleanup and from the command clear.

    \b
    Example:
      flask replay pin 01jd3m4yq8x7c5tkz2v9bnw6ef
    """
    current_replay().recordings.pin(id)
    say(f"{id} pinned.")


@replay_cli.command()
@click.argument("id")
@plainly
def unpin(id: str) -> None:
    """Remove the protection from the recording ID.

    \b
    Example:
      flask replay unpin 01jd3m4yq8x7c5tkz2v9bnw6ef
    """
    current_replay().recordings.unpin(id)
    say(f"{id} unpinned.")


@replay_cli.command(short_help="Delete recordings that are too old, too many or too large.")
@click.option("--dry-run", is_flag=True, help="Delete nothing, only report what would be deleted.")
@click.option(
    "--max-age",
    metavar="AGE",
    type=FormType(duration()),
    help="Keep recordings up to this age: 12h, 7d, 4w.",
)
@click.option("--max-recordings", type=click.IntRange(min=0), help="Keep this many of the newest.")
@click.option(
    "--max-size",
    metavar="SIZE",
    type=FormType(size()),
    help="Keep the newest that fit into this size: 500MB, 10GB.",
)
@json_option
@plainly
def cleanup(
    dry_run: bool,
    max_age: float | None,
    max_recordings: int | None,
    max_size: int | None,
    as_json: bool,
) -> None:
    """Delete recordings beyond the limits of age, number and size, and templates that no recording
    uses.

    Pinned and running recordings stay. The defaults are REPLAY_MAX_AGE, REPLAY_MAX_RECORDINGS and
    REPLAY_MAX_SIZE. The recorder does the same every REPLAY_CLEANUP_INTERVAL. Only one process at a
    time cleans up; any other does nothing.

    \b
    Examples:
      flask replay cleanup --dry-run --max-size 10GB
      flask replay cleanup --max-age 7d --max-recordings 500
    """
    with progress("cleaning up") as advance:
        cleaned = current_replay().recordings.cleanup(
            advance,
            max_recordings=max_recordings,
            max_age=max_age,
            max_size=max_size,
            dry_run=dry_run,
        )
    if as_json:
        found = {} if cleaned is None else msgspec.to_builtins(cleaned)
        print_json({"busy": cleaned is None, "dry_run": dry_run, **found})
    elif cleaned is None:
        say("Another process is cleaning up; nothing was done here.")
    else:
        _print_cleaned(cleaned, "would be deleted" if dry_run else "deleted")


def _print_cleaned(cleaned: Cleaned, done: str) -> None:
    reasons = (
        ("never came back", cleaned.unconfirmed),
        ("too old", cleaned.old),
        ("too many", cleaned.surplus),
        ("too large in total", cleaned.large),
    )
    why = ", ".join(f"{len(ids)} {reason}" for reason, ids in reasons if ids)
    say(
        f"{counted(len(cleaned.recordings), 'recording')} {done}{f' ({why})' if why else ''}, "
        f"{counted(cleaned.templates, 'template')}; "
        f"{counted(cleaned.left, 'recording')} left, {cleaned.pinned} pinned."
    )
    if cleaned.unreadable:
        say(f"Running, unreadable for too long and {done}: {', '.join(cleaned.unreadable)}")


@replay_cli.command(short_help="Delete all recordings of one visitor.")
@click.option("--user", required=True, help="Name of the visitor, as identify returns it.")
@yes_option
@json_option
@plainly
def forget(user: str, yes: bool, as_json: bool) -> None:
    """Delete all recordings of one visitor: finished, running and pinned ones.

    This serves requests under data protection laws. A running worker discards the data of the
    visitor that it still holds. What the visitor does from now on is recorded again. A
    recording that cannot be read is named, because its visitor is unknown, and the exit status
    is then 1.

    \b
    Example:
      flask replay forget --user ann@example.org --yes
    """
    if not yes:
        click.confirm(inert(f"Delete all recordings of {user}?"), abort=True)
    with progress("deleting") as advance:
        forgotten = current_replay().recordings.forget(user, advance)
    if as_json:
        print_json(msgspec.to_builtins(forgotten))
    else:
        say(f"{counted(len(forgotten.recordings), 'recording')} of {user} deleted.")
    if forgotten.unreadable:
        names = ", ".join(forgotten.unreadable)
        raise click.ClickException(
            f"the visitors of these recordings cannot be read; delete them by their ids: {names}"
        )
