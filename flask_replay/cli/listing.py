"""``flask replay list | find | errors | stats``: find recordings from the shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from ..recording.summary import STATUSES, Summary, data_of
from ..storage import ALL, Filter
from ..storage.finding.filters import FILTER_FORMS, FINDS, NAMES
from ..storage.finding.orders import ORDERS
from ..storage.finding.totals import ErrorKind, Totals
from .common import (
    FormType,
    current_obstacles,
    current_replay,
    current_state,
    json_option,
    plainly,
    print_json,
    replay_cli,
    say,
    say_obstacles,
)
from .times import at, counted, elapsed, moment_of

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS = frozenset({"status", "errors", "pinned", "interaction"})
"""Filters whose options do not take a value of a form."""


def _filters(command: F) -> F:
    """Add an option for each filter."""
    for field, finds in reversed(FINDS.items()):
        if field in _FLAGS:
            continue
        name = NAMES.get(field, field).replace("_", "-")
        option = click.option(
            f"--{name}",
            field,
            type=FormType(FILTER_FORMS[field]),
            metavar=name.upper(),
            help=f"Only recordings {finds}.",
        )
        command = option(command)
    flags = (
        click.option(
            "--status",
            type=click.Choice(("live", *STATUSES[1:])),
            help="Only recordings with this status.",
        ),
        click.option("--errors", is_flag=True, help=f"Only recordings {FINDS['errors']}."),
        click.option(
            "--pinned/--not-pinned",
            default=None,
            help=f"Only recordings {FINDS['pinned']}, or only others.",
        ),
        click.option(
            "--interaction/--no-interaction",
            default=None,
            help=f"Only recordings {FINDS['interaction']}, or only others.",
        ),
        click.option(
            "--unconfirmed",
            is_flag=True,
            help="Include visitors who never sent our cookie back (mostly bots).",
        ),
    )
    for option in flags:
        command = option(command)
    return command


def _listing(command: F) -> F:
    """Add the options of a list."""
    for option in (
        click.option(
            "--limit",
            type=click.IntRange(min=1),
            default=50,
            show_default=True,
            help="List at most this many.",
        ),
        click.option(
            "--before",
            help="Continue the list after this id, the last one of the previous page.",
        ),
        click.option(
            "--sort",
            type=click.Choice(ORDERS),
            default="start",
            help="The order; a leading - reverses it.",
        ),
    ):
        command = option(command)
    return command


@replay_cli.command("list")
@_listing
@_filters
@json_option
@plainly
def list_(
    limit: int, before: str | None, sort: str, unconfirmed: bool, as_json: bool, **wanted: Any
) -> None:
    """List recordings, newest first, including running ones.

    \b
    Examples:
      flask replay list --limit 10
      flask replay list --status failed --since 7d
      flask replay list --code 5xx --browser Firefox --sort length
    """
    _list(Filter(**wanted), as_json, before=before, limit=limit, sort=sort, unconfirmed=unconfirmed)


@replay_cli.command("find", short_help="List the recordings with a text.")
@click.argument("words", nargs=-1, required=True, metavar="TEXT")
@_listing
@_filters
@json_option
@plainly
def find(
    words: tuple[str, ...],
    limit: int,
    before: str | None,
    sort: str,
    unconfirmed: bool,
    as_json: bool,
    **wanted: Any,
) -> None:
    """List the recordings in which TEXT was read by a template, typed or sent, or whose id, name or
    URL contains it.

    All words of TEXT must be found, in any order. The last one may be the beginning of a word. The
    own text of templates, such as headings, is not searched: use --template. The options are the
    same as for list.

    \b
    Example:
      flask replay find cloud atlas --since 7d
    """
    where = Filter(**{**wanted, "text": " ".join((*words, *filter(None, (wanted["text"],))))})
    _list(where, as_json, before=before, limit=limit, sort=sort, unconfirmed=unconfirmed)


def _list(where: Filter, as_json: bool, **how: Any) -> None:
    summaries = current_replay().recordings.summaries(where=where, **how)
    current_state().audit("list", detail=f"{len(summaries)} recordings")
    if as_json:
        print_json([data_of(summary) for summary in summaries])
        return
    say_obstacles(current_obstacles())
    if not summaries:
        say(
            "There are no recordings yet."
            if where == ALL and how["before"] is None
            else none_found(where)
        )
        return
    say(
        f"{'ID':26}  {'STARTED':19}  {'LENGTH':>8}  {'PAGES':>5}  {'ERRORS':>6}  {'STATUS':16}  WHO"
    )
    for summary in summaries:
        say(listed(summary))


def none_found(where: Filter) -> str:
    """Return the message for a filter that finds nothing, which also explains the limits of
    encrypted stores.
    """
    if where.text is None or not current_state().writer.keyring:
        return "No recording matches."
    return (
        "No recording matches. An encrypted store has no index of words: "
        "only running recordings can be found by their text."
    )


def listed(summary: Summary) -> str:
    """Return the line of a recording in a list."""
    status = "unreadable" if "unreadable" in summary.flags else summary.status
    status += ", pinned" if summary.pinned else ""
    return (
        f"{summary.id}  {moment_of(summary):19}  {elapsed(summary.duration_ms):>8}  "
        f"{summary.tally.pages:>5}  {summary.tally.errors:>6}  {status:16}  {summary.name or '-'}"
    )


@replay_cli.command("errors", short_help="List the kinds of errors that visitors met.")
@_filters
@json_option
@plainly
def errors(unconfirmed: bool, as_json: bool, **wanted: Any) -> None:
    """List the kinds of errors that visitors met, the most recently seen first.

    Errors are of the same kind if they have the same type and come from the same lines of the app.

    \b
    Example:
      flask replay errors --since 7d
    """
    kinds = current_replay().recordings.errors(Filter(**wanted), unconfirmed=unconfirmed)
    current_state().audit("list", detail=f"{len(kinds)} kinds of errors")
    if as_json:
        print_json([msgspec.to_builtins(kind) for kind in kinds])
        return
    if not kinds:
        say("There were no errors.")
    for kind in kinds:
        say(*error_lines(kind))


def error_lines(kind: ErrorKind) -> tuple[str, ...]:
    """Return the lines of a kind of error in a list."""
    name, offset_ms = kind.moments[0]
    met = (
        f"{counted(kind.count, 'time')} in {counted(kind.recordings, 'recording')} of "
        f"{counted(kind.visitors, 'visitor')}"
    )
    return (
        f"{kind.fingerprint}  {kind.type}: {kind.message}",
        f"  {kind.place or '(unknown place)'}",
        (
            f"  {met}, {at(kind.first_seen)} to {at(kind.last_seen)}; last in {name} at "
            f"{elapsed(offset_ms)}"
        ),
    )


@replay_cli.command("stats", short_help="Summarize recordings.")
@_filters
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Count at most this many of the newest.",
)
@json_option
@plainly
def stats(most: int, unconfirmed: bool, as_json: bool, **wanted: Any) -> None:
    """Summarize recordings: their number, length, pages, devices and campaigns.

    \b
    Example:
      flask replay stats --since 1d
    """
    totals = current_replay().recordings.totals(
        Filter(**wanted), unconfirmed=unconfirmed, most=most, patience=None
    )
    current_state().audit("list", detail=f"{totals.recordings} recordings")
    if as_json:
        print_json(
            {name: value for name, value in msgspec.to_builtins(totals).items() if name != "starts"}
        )
        return
    _print_totals(totals)


def _print_totals(totals: Totals) -> None:
    least = "" if totals.complete else "at least "
    say(
        f"{least}{counted(totals.recordings, 'recording')} of "
        f"{counted(totals.visitors, 'named visitor')}, {totals.live:,} running; "
        f"{counted(totals.tally.pages, 'page')}, {counted(totals.tally.errors, 'error')}, "
        f"{elapsed(totals.duration_ms)}, {counted(totals.size, 'byte')}"
    )
    for field, counts in totals.counts.items():
        say(f"{field:9} " + ", ".join(f"{value} ({count:,})" for value, count in counts))
