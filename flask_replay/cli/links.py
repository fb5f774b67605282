"""``flask replay link | links | unlink``: links to single recordings that need no login."""

from __future__ import annotations

from datetime import datetime

import click
import msgspec

from ..value_forms import duration
from .common import FormType, current_replay, json_option, plainly, print_json, replay_cli, say
from .pictures import MomentOption


@replay_cli.command()
@click.argument("id")
@click.option(
    "--expires",
    type=FormType(duration()),
    default="7d",
    show_default=True,
    help="How long the link works.",
)
@click.option("--at", type=MomentOption(), default=0, help="The moment at which it opens: 1:03.")
@click.option(
    "--host",
    default="",
    help="The scheme and host: https://shop.example. Default: SERVER_NAME, or only a path.",
)
@plainly
def link(id: str, expires: float, at: int, host: str) -> None:
    """Print a link to the recording ID that needs no login. It opens only that recording, to anyone
    who has the link.

    It needs the setting REPLAY_LINKS. `flask replay links` lists the valid links, and `unlink`
    revokes one.

    \b
    Example:
      flask replay link 01jd3m4yq8x7c5tkz2v9bnw6ef --expires 2d --at 1:14
    """
    say(current_replay().link(id, expires=expires, at=at / 1000, host=host))


@replay_cli.command()
@json_option
@plainly
def links(as_json: bool) -> None:
    """List the valid links, the latest first.

    \b
    Example:
      flask replay links
    """
    found = current_replay().links()
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for one in found:
        until = datetime.fromtimestamp(one.expires_at).astimezone().strftime("%Y-%m-%d %H:%M")
        say(f"{one.id}  {one.recording}  until {until}")
    if not found:
        say("There are no links.")


@replay_cli.command()
@click.argument("link")
@plainly
def unlink(link: str) -> None:
    """Revoke a LINK, by its name in the list. Then neither the link nor a player that was opened
    with it shows anything.

    \b
    Example:
      flask replay unlink 5f0c2a9e
    """
    current_replay().unlink(link)
    say(f"{link} revoked.")
