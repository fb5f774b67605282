"""``flask replay debug``: show the instrumented code of a template, and the recorded trace of a
render.
"""

from __future__ import annotations

import click
from flask import current_app
from jinja2 import TemplateError

from ..engine.recording.compiling import python_of
from ..engine.recording.sources import Unrecordable
from ..engine.replaying.printing import printed
from ..errors import ReplayError
from .common import current_replay, current_state, plainly, replay_cli, say


@replay_cli.command(short_help="Print the Python of a template, or the trace of a frame.")
@click.argument("name", metavar="TEMPLATE|ID")
@click.argument("frame", type=click.IntRange(min=0), required=False)
@plainly
def debug(name: str, frame: int | None) -> None:
    """Print the instrumented Python of a TEMPLATE, or the trace of a FRAME of the recording ID as a
    tree.

    The Python shows what the template asks, or why it cannot be recorded. Its helpers are described
    in flask_replay/engine/protocol.py. The trace shows each answer as it is stored, under the
    object that gave it.

    \b
    Examples:
      flask replay debug shop/cart.html
      flask replay debug 01jd3m4yq8x7c5tkz2v9bnw6ef 3
    """
    if frame is None:
        try:
            say(*python_of(current_app.jinja_env.get_template(name)).splitlines())
        except (TemplateError, Unrecordable) as error:
            raise ReplayError(f"{name} is not recorded: {type(error).__name__}: {error}") from error
        return
    frames = list(current_replay().recordings.get(name).frames)
    current_state().audit("view", name)
    if frame >= len(frames):
        raise ReplayError(f"the recording has {len(frames)} frames, but none numbered {frame}")
    recorded = frames[frame]
    say(f"{recorded.template or '(from a string)'}  entry {recorded.entry}  setup {recorded.setup}")
    say(*printed(recorded.trace, current_state().renderer.given(recorded)))
