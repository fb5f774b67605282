"""``flask replay …``: the group of commands, and the functions that they share."""

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

from ..errors import ConfigError, ReplayError
from ..safe_text import inert, inert_json
from ..sanitize.text import clean
from ..settings import EXTENSION_KEY
from ..value_forms import Form

if TYPE_CHECKING:
    from ..app_state import AppState
    from ..extension import Replay

P = ParamSpec("P")
R = TypeVar("R")

replay_cli = AppGroup("replay", help="View, verify and delete recordings of visitors' sessions.")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


if TYPE_CHECKING:
    Parameter = click.ParamType[Any]
else:
    Parameter = click.ParamType  # generic since Click 8.2


class FormType(Parameter):
    """An option that takes the same values as a setting of the same form."""

    def __init__(self, form: Form[Any]) -> None:
        self.name = "value"
        self.form = form

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value in the form that the program uses, or end with an error message of one
        line.
        """
        try:
            return self.form.read("it", value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


def current_state() -> AppState:
    """Return the state of the current app.

    :raises ConfigError: the app has no Replay.
    """
    state: AppState | None = current_app.extensions.get(EXTENSION_KEY)
    if state is None:
        raise ConfigError(
            f"the app {current_app.name!r} has no Replay: call Replay(app), or replay.init_app(app)"
        )
    return state


def current_replay() -> Replay:
    """Return the Replay of the current app."""
    return current_state().replay


def current_obstacles() -> list[str]:
    """Return why new visitors of the current app are not recorded."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return current_state().obstacles(app)


def say_obstacles(lines: Sequence[str]) -> None:
    """Print to stderr why nothing is recorded."""
    for line in lines:
        say(line[:1].upper() + line[1:], err=True)


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the package's errors and the system's into one line and exit status 1."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return command(*arguments, **options)
        except (ReplayError, OSError) as error:
            # the message may come from a store's driver
            text = clean(str(error)) if isinstance(error, OSError) else str(error)
            raise click.ClickException(inert(text.replace("\n", " "))) from error

    return run


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr, if stderr is a terminal."""
    bar: Any = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if not sys.stderr.isatty():
            return
        if bar is None:
            bar = click.progressbar(length=total, label=label, file=sys.stderr)
            bar.__enter__()
        bar.update(done - bar.pos)

    try:
        yield show
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)


def say(*lines: str, err: bool = False) -> None:
    """Print lines. Text from visitors and others in a line cannot leave the line or control the
    terminal.

    :param err: whether to print to stderr.
    """
    for line in lines:
        click.echo(inert(line), err=err)


def print_json(data: Any) -> None:
    """Print data as JSON in which no text can control the terminal."""
    click.echo(inert_json(msgspec.json.format(msgspec.json.encode(data)).decode()))
