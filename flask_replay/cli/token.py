"""``flask replay token``: tokens for programs that record themselves over HTTP or read
recordings.
"""

from __future__ import annotations

import secrets

import click

from ..errors import ConfigError
from ..web.api import SCOPES, token_hash
from .common import current_state, json_option, plainly, print_json, replay_cli, say


@replay_cli.group("token", short_help="Make and list tokens for programs.")
def token() -> None:
    """Make and list tokens for programs that record themselves over HTTP, or read recordings.

    A token is shown once. The app knows only its hash, from the setting REPLAY_API_TOKENS: add the
    hash there to admit the token, and remove it to revoke the token.
    """


@token.command("make")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(tuple(SCOPES)),
    default="record",
    show_default=True,
    help="What the token allows.",
)
@json_option
@plainly
def make(name: str, scope: str, as_json: bool) -> None:
    """Make a token for the program NAME, and print it with the line for the settings. Nothing is
    changed.

    The scope `record` only records, and `read` only reads. `note` reads, and writes notes and tags.
    The app's `authorize` decides what they may see and remark on.

    \b
    Examples:
      flask replay token make checkout-bot
      flask replay token make ticket-bot --scope read
    """
    made = f"replay_{secrets.token_urlsafe(32)}"
    hash = f"{SCOPES[scope]}{token_hash(made)}"
    if as_json:
        print_json({"name": name, "token": made, "hash": hash})
        return
    say(f"The token of {name}, shown only now:", "", f"    {made}", "")
    say(
        "The app admits it with this setting:",
        "",
        f"    REPLAY_API_TOKENS = {{{name!r}: {hash!r}}}",
    )


@token.command("list")
@json_option
@plainly
def list_(as_json: bool) -> None:
    """List the programs whose tokens the app admits.

    \b
    Example:
      flask replay token list
    """
    tokens = _tokens()
    if as_json:
        print_json(tokens)
        return
    for name, hash in tokens.items():
        say(f"{name}  {hash}")
    if not tokens:
        say("There are no tokens: REPLAY_API_TOKENS is empty.")


@token.command("revoke")
@click.argument("name")
@plainly
def revoke(name: str) -> None:
    """Print REPLAY_API_TOKENS without the token of NAME, as the setting that revokes it.

    \b
    Example:
      flask replay token revoke checkout-bot
    """
    tokens = _tokens()
    if tokens.pop(name, None) is None:
        raise ConfigError(
            f"REPLAY_API_TOKENS has no token of {name!r}, only of: {', '.join(tokens) or 'none'}"
        )
    say(
        "Once the app is restarted, this setting refuses the token:",
        "",
        f"    REPLAY_API_TOKENS = {tokens!r}",
    )


def _tokens() -> dict[str, str]:
    return dict(current_state().settings.api_tokens)
