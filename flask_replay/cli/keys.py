"""``flask replay key | rekey``: the encryption keys of recordings."""

from __future__ import annotations

import sys

import click
import msgspec

from ..errors import ConfigError
from ..keys import make_key
from ..storage.lifecycle.rekeying import Rekeyed, rekey
from .common import (
    current_replay,
    current_state,
    json_option,
    plainly,
    print_json,
    progress,
    replay_cli,
    say,
)
from .times import counted


@replay_cli.command("key", short_help="Make an encryption key.")
@plainly
def key() -> None:
    """Make an encryption key, and print it with the line for the settings. Nothing is changed.

    If you lose the key, you lose what is encrypted with it. Keep it with the app's other secrets,
    and not beside the recordings. To change keys, put a new one before the others, restart the app,
    and run rekey.

    \b
    Example:
      flask replay key
    """
    say("A new key:", "", f"    {make_key()}", "")
    say(
        "The app encrypts with it by this setting:",
        "",
        '    REPLAY_ENCRYPTION_KEYS = [os.environ["REPLAY_KEY"]]',
    )


@replay_cli.command("rekey", short_help="Encrypt everything with the first key.")
@click.option("--decrypt", is_flag=True, help="Decrypt everything instead, to stop using keys.")
@json_option
@plainly
def rekey_(decrypt: bool, as_json: bool) -> None:
    """Encrypt all finished recordings and templates with the first key of REPLAY_ENCRYPTION_KEYS.

    This includes those that are not encrypted yet. A run that was interrupted continues where it
    stopped. Running recordings keep the key that they were started with. If there are any, or some
    that cannot be read, they are named, and the exit status is 1. Once it is 0, former keys may be
    removed from the list.

    \b
    Example:
      flask replay rekey
    """
    state = current_state()
    if not state.settings.encryption_keys and not decrypt:
        raise ConfigError(
            "REPLAY_ENCRYPTION_KEYS is empty: make a key with flask replay key, or use rekey "
            "--decrypt to stop using keys"
        )
    replay = current_replay()
    with progress("decrypting" if decrypt else "encrypting") as advance:
        done = rekey(
            replay.recordings.storage,
            decrypt=decrypt,
            spooled=state.writer.spooled(),
            progress=advance,
        )
    if as_json:
        print_json(msgspec.to_builtins(done))
    else:
        _say(done)
    if done.waiting or done.problems:
        sys.exit(1)


def _say(done: Rekeyed) -> None:
    say(
        f"{counted(done.recordings, 'recording')} and {counted(done.templates, 'template')} "
        f"rewritten, {done.present:,} already current."
    )
    for name in done.waiting:
        say(
            f"{name} is still running, and needs its key until it is finalized: run this again "
            "then",
            err=True,
        )
    for name, reason in done.problems:
        say(f"Error: {name}: {reason}", err=True)
