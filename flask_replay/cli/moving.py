"""``flask replay export | import``: copy finished recordings from one store to another."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from ..errors import StorageError
from ..player.offline import one_file
from ..player.pages import Pages
from ..player.scenes import Scenes
from ..settings import FORMATS
from ..storage import Keyring, sealed
from ..storage.lifecycle.moving import Copied, CopySource, copy, place
from ..storage.lifecycle.rekeying import is_current
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

_format = click.option(
    "--format", type=click.Choice(FORMATS), help="Convert to this format; default: unchanged."
)


@replay_cli.command("export", short_help="Copy all finished recordings to a folder or a tar.")
@click.argument("dest", type=click.Path(path_type=Path), metavar="DEST|ID")
@_format
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the recording ID to one HTML file.",
)
@click.option(
    "--decrypt", is_flag=True, help="Write it without encryption, even if the store is encrypted."
)
@json_option
@plainly
def export(dest: Path, format: str | None, html: Path | None, decrypt: bool, as_json: bool) -> None:
    """Copy all finished recordings to DEST: a folder, or a file whose name ends in .tar.

    With --html, write only the recording ID, to a file that plays in any browser without a network
    and without Flask.

    Templates and pins are copied, too. The copy is encrypted if the app's store is. A folder can be
    used as another app's REPLAY_STORAGE, and a tar unpacks to such a folder. Each recording is read
    back after it was written. Existing copies are left alone, so an interrupted export continues
    where it stopped. Running recordings are not copied: finalize them first. If a recording was not
    copied correctly, it is named, and the exit status is 1.

    \b
    Examples:
      flask replay export recordings.tar
      flask replay export /backup/replay --format json
      flask replay export 01jd3m4yq8x7c5tkz2v9bnw6ef --html what-happened.html
    """
    if html is not None:
        if format is not None or decrypt:
            raise click.UsageError(
                "--html writes what the player shows: it excludes --format and --decrypt."
            )
        _export_one(str(dest), html, as_json)
        return
    state, storage = current_state(), current_replay().recordings.storage
    ids = storage.ids()
    with place(dest, write=True) as target, progress("exporting") as advance:
        for id in ids:
            state.audit("export", id, str(dest))
        sealing = sealed(target, Keyring() if decrypt else state.writer.keyring)
        _require_no_stale(dest, sealing)
        copied = copy(storage, sealing, format, advance, ids=ids)
    _print_copied(copied, as_json)


def _export_one(id: str, file: Path, as_json: bool) -> None:
    """Write a recording to one file that plays by itself."""
    state = current_state()
    recording = current_replay().recordings.get(id)
    state.audit("export", id, str(file))
    scenes = Scenes(state.recordings, state.renderer)
    with progress("rendering") as advance:
        content = one_file(recording, scenes, Pages(lambda: state.settings).environment, advance)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error.strerror}") from None
    if as_json:
        print_json(
            {"id": id, "file": str(file), "size": len(content), "steps": len(recording.batches)}
        )
    else:
        say(f"{file}: {len(recording.batches)} steps, {len(content):,} bytes")


@replay_cli.command("import", short_help="Copy recordings into this app's store.")
@click.argument("src", type=click.Path(path_type=Path))
@_format
@json_option
@plainly
def import_(src: Path, format: str | None, as_json: bool) -> None:
    """Copy all finished recordings of SRC, written by export or recorded by an app, into this app's
    store.

    Copies are checked as by export, and an interrupted import continues where it stopped.
    Recordings of visitors who were forgotten here are left out. Cleanup deletes recordings older
    than REPLAY_MAX_AGE, unless they are pinned.

    \b
    Examples:
      flask replay import recordings.tar
      flask replay import /srv/old/instance/replay --format msgpack
    """
    storage = current_replay().recordings.storage
    with place(src, write=False) as source, progress("importing") as advance:
        copied = copy(sealed(source, current_state().writer.keyring), storage, format, advance)
    _print_copied(copied, as_json)


def _require_no_stale(dest: Path, target: CopySource) -> None:
    """Refuse a tar that contains recordings with another encryption, which would stay in it.

    :raises StorageError: it contains some.
    """
    stale = (
        [name for name in target.ids() if not is_current(target, name)] if dest.is_file() else []
    )
    if stale:
        raise StorageError(
            f"{dest}: {len(stale)} of its recordings have another encryption: choose another file"
        )


def _print_copied(copied: Copied, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(copied))
    else:
        forgotten = copied.forgotten
        say(
            f"{counted(copied.recordings, 'recording')} copied, {copied.present:,} already there, "
            f"{counted(copied.templates, 'template')}"
            + (f", {forgotten:,} of forgotten visitors left out." if forgotten else ".")
        )
    for recording_id, reason in copied.problems:
        say(f"Error: {recording_id}: {reason}", err=True)
    if copied.problems:
        sys.exit(1)
