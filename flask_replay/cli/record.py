"""``flask replay record``: capture visitors by hand."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import click
import msgspec
from flask import Flask, current_app, url_for
from flask.cli import AppGroup

from ..capture_state import ActiveSession
from ..errors import ConfigError, NoActiveRecording
from ..player.mounting import endpoint_of
from ..recorder.captures import PARAMETER, Capturing, captured, host_of
from ..recorder.obstacles import blocking
from ..recording.summary import Summary, data_of
from .common import current_replay, current_state, json_option, plainly, print_json, replay_cli, say
from .times import counted

_TURN = 0.5
"""Seconds between two counts."""


class _Record(AppGroup):
    """Takes an argument that is not a subcommand for the name of a capture."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _scope(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select visitors, and the name of the capture."""
    for option in (
        click.option("--user", default="", help="Only the visitor with this name from `identify`."),
        click.option("--path", default="", help="Only visitors on a path like '/checkout/*'."),
        click.option("--only-me", is_flag=True, help="Only a browser that opens the printed link."),
        click.argument("name"),
    ):
        command = option(command)
    return command


@replay_cli.group("record", cls=_Record, short_help="Capture visitors in full, until you stop.")
def record() -> None:
    """Capture every visitor in full, from `record NAME` until Ctrl-C, or from `record start NAME`
    until `record stop`.

    The sample rate does not apply. All workers that share the store notice the capture within a
    second. Ctrl-C ends `record NAME`, and prints the recordings.

    \b
    Example:
      flask replay record "checkout bug" --path '/checkout/*'
    """


@record.command("run", hidden=True)
@_scope
@plainly
def run(name: str, user: str, path: str, only_me: bool) -> None:
    """Capture until Ctrl-C, and show the number of recordings and requests."""
    capture = _start(name, user, path, only_me=only_me)
    say(f"Recording {name!r}. Ctrl-C ends it.")
    _say_link(capture)
    try:
        _count(capture)
    except KeyboardInterrupt:
        say("")
    else:
        say("The capture was stopped elsewhere.")
        return
    _finish(_capturing(), as_json=False)


@record.command("start")
@_scope
@plainly
def start(name: str, user: str, path: str, only_me: bool) -> None:
    """Start a capture that runs until `flask replay record stop`.

    \b
    Example:
      flask replay record start "checkout bug" --only-me
    """
    capture = _start(name, user, path, only_me=only_me, detached=True)
    say(f"Recording {name!r}. Stop it with: flask replay record stop")
    _say_link(capture)


@record.command("stop")
@json_option
@plainly
def stop(as_json: bool) -> None:
    """Stop the capture, finalize its recordings, and print them.

    \b
    Example:
      flask replay record stop --json
    """
    _finish(_capturing(), as_json=as_json)


@record.command("status")
@json_option
@plainly
def status(as_json: bool) -> None:
    """Print the running capture; the exit status is 1 if there is none.

    \b
    Example:
      flask replay record status
    """
    capture = _capturing().now()
    found = captured(current_replay().recordings, capture)
    if as_json:
        print_json(
            {
                "capture": msgspec.to_builtins(capture),
                "recordings": [summary.id for summary in found],
            }
        )
    else:
        say(f"Recording {capture.name!r}: {_size(found)}.")


def _capturing() -> Capturing:
    return current_state().capturing


def _start(
    name: str, user: str, path: str, *, only_me: bool, detached: bool = False
) -> ActiveSession:
    """Start a capture, unless nothing can be recorded."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    state = current_state()
    reasons = blocking(app, state.settings)
    if reasons:
        raise ConfigError(f"not recording: {'; '.join(reasons)}")
    capture = state.capturing.start(name, user=user, path=path, only_me=only_me, detached=detached)
    if user and state.replay.identify is None:
        say("No visitor has a name: Replay was given no `identify`.", err=True)
    return capture


def _say_link(capture: ActiveSession) -> None:
    if "browser" in capture.only:
        say(
            "Open any page of the app in your browser with "
            f"?{PARAMETER}={capture.only['browser']} appended to its URL."
        )


def _count(capture: ActiveSession) -> None:
    """Print the number of recordings whenever it changes, until the capture is stopped."""
    shown = ""
    while True:
        text = _size(captured(current_replay().recordings, capture))
        if text != shown:
            click.echo(
                f"\r\033[K{text}" if sys.stdout.isatty() else text, nl=not sys.stdout.isatty()
            )
            sys.stdout.flush()
            shown = text
        try:
            if _capturing().now().id != capture.id:
                return
        except NoActiveRecording:
            return
        time.sleep(_TURN)


def _size(found: list[Summary]) -> str:
    requests = sum(summary.tally.requests for summary in found)
    return f"{counted(len(found), 'recording')}, {counted(requests, 'request')}"


def _finish(capturing: Capturing, *, as_json: bool) -> None:
    replay = current_replay()
    capture, found = capturing.stop(current_state().writer, replay.recordings)
    links = {summary.id: _link(summary.id) for summary in found}
    if as_json:
        recordings = [{**data_of(summary), "link": links[summary.id]} for summary in found]
        print_json({"capture": msgspec.to_builtins(capture), "recordings": recordings})
        return
    say(f"{capture.name!r} has ended: {_size(found)}.")
    for summary in found:
        requests = counted(summary.tally.requests, "request")
        say(f"{summary.id}  {requests:>13}  {summary.name or '-'}  {links[summary.id]}")


def _link(id: str) -> str:
    """Return the player's URL of a recording, on the host that its visitor used; ``""`` if there is
    no player.
    """
    show = endpoint_of(current_app, "show")
    if show is None:
        return ""
    with current_app.test_request_context():
        path = url_for(show, id=id)
    return host_of(current_replay().recordings, id) + path
