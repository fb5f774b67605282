"""``flask replay note | unnote | notes | tag | untag``: tags and notes on recordings."""

from __future__ import annotations

import click
import msgspec

from ..host.audit import account
from .common import current_replay, json_option, plainly, print_json, replay_cli, say
from .pictures import MomentOption
from .times import elapsed


@replay_cli.command(short_help="Write a note at a moment of a recording.")
@click.argument("id")
@click.argument("moment", type=MomentOption())
@click.argument("text")
@plainly
def note(id: str, moment: int, text: str) -> None:
    """Write the note TEXT at the MOMENT of the recording ID, under the name of your account.

    \b
    Example:
      flask replay note 01jd3m4yq8x7c5tkz2v9bnw6ef 1:14 "the coupon expired in May"
    """
    made = current_replay().recordings.note(id, text, moment / 1000, account())
    say(f"{made.id} noted at {elapsed(made.at_ms)}.")


@replay_cli.command(short_help="Delete a note.")
@click.argument("id")
@click.argument("note")
@plainly
def unnote(id: str, note: str) -> None:
    """Delete a NOTE of the recording ID, by its name in `flask replay notes ID`.

    \b
    Example:
      flask replay unnote 01jd3m4yq8x7c5tkz2v9bnw6ef 5f0c2a19
    """
    current_replay().recordings.unnote(id, note)
    say(f"{note} deleted.")


@replay_cli.command()
@click.argument("id")
@json_option
@plainly
def notes(id: str, as_json: bool) -> None:
    """Print the tags and notes of the recording ID.

    \b
    Example:
      flask replay notes 01jd3m4yq8x7c5tkz2v9bnw6ef
    """
    recordings = current_replay().recordings
    recordings.get(id)
    remarks = recordings.remarks(id)
    if as_json:
        print_json(msgspec.to_builtins(remarks))
        return
    if remarks.tags:
        say(f"Tags: {', '.join(remarks.tags)}")
    for one in remarks.notes:
        say(
            f"{one.id}  {elapsed(one.at_ms):>7}  {one.author or '-'}: "
            f"{' / '.join(one.text.splitlines())}"
        )
    if not remarks.tags and not remarks.notes:
        say("It has no tags or notes.")


@replay_cli.command(short_help="Add tags to a recording.")
@click.argument("id")
@click.argument("tag")
@plainly
def tag(id: str, tag: str) -> None:
    """Add a TAG to the recording ID, or several, separated by commas. `list --tag` and the player's
    list find recordings by it.

    \b
    Example:
      flask replay tag 01jd3m4yq8x7c5tkz2v9bnw6ef refund
    """
    current_replay().recordings.tag(id, tag)
    say(f"{id} tagged.")


@replay_cli.command()
@click.argument("id")
@click.argument("tag")
@plainly
def untag(id: str, tag: str) -> None:
    """Remove a TAG from the recording ID.

    \b
    Example:
      flask replay untag 01jd3m4yq8x7c5tkz2v9bnw6ef refund
    """
    current_replay().recordings.untag(id, tag)
    say(f"{id} untagged.")
