"""``flask replay show | state``: what happened in a recording, and why, from the shell."""

from __future__ import annotations

import click
import msgspec

from ..insight.messages import glance
from ..insight.page_state_text import drawn
from ..recording.events import Action, AnyEvent, Frame, Message, Request, Run, Socket
from ..recording.model import Recording
from ..recording.summary import data_of
from .common import current_replay, current_state, json_option, plainly, print_json, replay_cli, say
from .times import at, elapsed, moment_of


@replay_cli.command(short_help="Print what happened in a recording, in sentences.")
@click.argument("id")
@click.option(
    "--events", is_flag=True, help="Print every request, render and error instead of the story."
)
@click.option(
    "--format",
    type=click.Choice(("text", "md")),
    default="text",
    help="Use md (Markdown) for a ticket or a language model.",
)
@json_option
@plainly
def show(id: str, events: bool, format: str, as_json: bool) -> None:
    """Print what happened in the recording ID, in sentences with their times.

    The JSON contains the story and the whole recording.

    \b
    Examples:
      flask replay show 01jd3m4yq8x7c5tkz2v9bnw6ef
      flask replay show 01jd3m4yq8x7c5tkz2v9bnw6ef --format md
    """
    recording = current_replay().recordings.get(id)
    current_state().audit("view", id)
    if events and not as_json:
        _print_events(recording)
        return
    story = current_replay().story(id, clock=None if as_json or format == "md" else at)
    if as_json:
        data = {
            **msgspec.to_builtins(recording, builtin_types=()),
            "summary": data_of(recording.summary),
        }
        print_json({**data, "story": msgspec.to_builtins(story)})
    elif format == "md":
        say(*story.markdown().splitlines())
    else:
        say(*story.plain())


@replay_cli.command("state")
@click.argument("id")
@click.argument("frame", type=click.IntRange(min=0))
@click.option(
    "--since",
    type=click.IntRange(min=0),
    help="Show only what has changed since this frame of the same template.",
)
@json_option
@plainly
def state_(id: str, frame: int, since: int | None, as_json: bool) -> None:
    """Show what the template of a FRAME of the recording ID read. Frames are numbered from 0.

    The JSON also says which template, line and read made each piece of the page.

    \b
    Examples:
      flask replay state 01jd3m4yq8x7c5tkz2v9bnw6ef 3
      flask replay state 01jd3m4yq8x7c5tkz2v9bnw6ef 7 --since 3
    """
    replay = current_replay()
    changes = None if since is None else replay.changes(id, since, frame)
    found = replay.state(id, frame)
    current_state().audit("view", id)
    if as_json:
        print_json(msgspec.to_builtins(found if changes is None else changes))
    elif changes is None:
        say(*drawn(found))
    else:
        say(*(map(str, changes) if changes else ["Nothing has changed."]))


def _print_events(recording: Recording) -> None:
    summary = recording.summary
    length = elapsed(summary.duration_ms)
    head = (summary.id, moment_of(summary), length, summary.status, summary.name)
    say("  ".join(head).rstrip())
    for event in recording.events:
        say(f"{elapsed(event.offset_ms):>8}  {event_line(event)}")


def event_line(event: AnyEvent) -> str:
    """Return an event as one line of text."""
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
