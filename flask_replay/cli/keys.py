"""``flask replay key | rekey``: the keys that recordings are encrypted with."""

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


@replay_cli.command("key")
@plainly
def key() -> None:
    """Make a key to encrypt recordings with, and print it with the line for the settings. Nothing
    is changed.

    Whoever loses it loses what is encrypted with it. Keep it where the app's other secrets are, and
    not beside the recordings. To change keys, put a new one before the others, start the app again,
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


@replay_cli.command("rekey")
@click.option(
    "--decrypt", is_flag=True, help="Write all as it is, not encrypted, to do without keys."
)
@json_option
@plainly
def rekey_(decrypt: bool, as_json: bool) -> None:
    """Encrypt all finished recordings and templates with the first key of REPLAY_ENCRYPTION_KEYS.

    What is not encrypted yet is, too. A run that was interrupted goes on where it stopped.
    Recordings in progress keep the key that they were begun with; while there are any, or some that
    cannot be read, they are named, and the exit status is 1: a former key may be taken out of the
    list when it is 0.

    \b
    Example:
      flask replay rekey
    """
    state = current_state()
    if not state.settings.encryption_keys and not decrypt:
        raise ConfigError(
            "REPLAY_ENCRYPTION_KEYS is empty: flask replay key makes one; rekey --decrypt does "
            "without"
        )
    replay = current_replay()
    with progress("decrypting" if decrypt else "encrypting") as tell:
        done = rekey(
            replay.recordings.storage,
            decrypt=decrypt,
            spooled=state.writer.spooled(),
            progress=tell,
        )
    if as_json:
        print_json(msgspec.to_builtins(done))
    else:
        _say(done)
    if done.waiting or done.problems:
        sys.exit(1)


def _say(done: Rekeyed) -> None:
    say(
        f"{done.recordings} recordings and {done.templates} templates written anew, "
        f"{done.present} were right already."
    )
    for name in done.waiting:
        say(
            f"{name} goes on, and needs its key until it is finished: run this again then", err=True
        )
    for name, reason in done.problems:
        say(f"Error: {name}: {reason}", err=True)
