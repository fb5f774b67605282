"""``flask replay verify``: compare recordings with what visitors were sent, and their files with
the current ones.
"""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec
from flask import current_app

from ..engine.replaying.renderer import Renderer
from ..engine.replaying.verify import Outcome, Verification
from ..host.static_folders import Folders
from ..player.file_changes import Compared, compare_files
from .common import (
    current_obstacles,
    current_replay,
    current_state,
    json_option,
    plainly,
    print_json,
    progress,
    replay_cli,
    say,
    say_obstacles,
)
from .times import counted
from .verifying import Verifier, default_jobs


@replay_cli.command(short_help="Render recordings again, and compare them.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--now", is_flag=True, help="Also render with the current templates, to see what has changed."
)
@click.option(
    "--assets",
    is_flag=True,
    help="Also compare the static files that pages refer to with the current ones.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=default_jobs,
    help="Processes that verify many frames together.  [default: one for each processor]",
)
@json_option
@plainly
def verify(ids: tuple[str, ...], now: bool, assets: bool, jobs: int, as_json: bool) -> None:
    """Render recordings again and compare each frame with what the visitor was sent.

    Without an ID, all finished recordings are verified, with one line for each. With IDs, there is
    one line for each frame. A frame that is different, or that reads something that was not
    recorded, is always listed. The exit status is 1 if a frame is different, a recording cannot be
    read, or a file that it refers to is not in the store.

    \b
    Examples:
      flask replay verify
      flask replay verify 01jd3m4yq8x7c5tkz2v9bnw6ef --now
      flask replay verify --assets
    """
    replay = current_replay()
    names = list(ids) or replay.recordings.storage.ids()
    if not names and not as_json:
        say("There are no finished recordings to verify.")
        say_obstacles(current_obstacles())
    results: list[tuple[Verification, Compared | None]] = []
    unreadable: list[str] = []
    with progress("verifying") as advance:
        for number, found in enumerate(_verifier(now=now).verified(names, jobs), 1):
            if isinstance(found, str):
                unreadable.append(found)
            else:
                results.append((found, _compared(found.id) if assets else None))
                current_state().audit("view", found.id, "verdicts")
            if len(names) > 1 and not as_json:
                advance(number, len(names))
    if as_json:
        print_json({"recordings": [_data(*result) for result in results], "unreadable": unreadable})
    else:
        for result, files in results:
            _print_verification(result, every_frame=bool(ids))
            _print_files(files)
        for line in unreadable:
            say(f"Error: {line}", err=True)
    if unreadable or not all(result.ok and not (files and files.lost) for result, files in results):
        sys.exit(1)


def _verifier(*, now: bool) -> Verifier:
    state = current_state()
    document, today = state.recordings.document, current_app.jinja_env
    return Verifier(state.recordings, state.renderer, Renderer(document, today) if now else None)


def _compared(id: str) -> Compared:
    folders = Folders()
    folders.look(current_app._get_current_object())  # type: ignore[attr-defined]
    recordings = current_replay().recordings
    return compare_files(recordings.get(id), folders, recordings.storage.has_template)


def _data(result: Verification, files: Compared | None) -> dict[str, Any]:
    found = {
        "id": result.id,
        "ok": result.ok,
        "frames": msgspec.to_builtins(result.verdicts),
        "literal": result.literal,
    }
    return found if files is None else {**found, "assets": files._asdict()}


def _print_verification(result: Verification, *, every_frame: bool) -> None:
    others = {
        word: sum(verdict.verdict == word for verdict in result.verdicts)
        for word in (Outcome.IDENTICAL_BUT_IGNORED, Outcome.UNFINISHED, Outcome.NOT_RECORDED)
    }
    literal = counted(result.literal, "character")
    say(
        f"{result.id}  {counted(result.frames, 'frame')}: {result.identical} identical, "
        f"{result.redacted} identical but for redacted values, {len(result.differences)} different"
        + "".join(f", {count} {word}" for word, count in others.items() if count)
        + (f"; {literal} that no template made" if result.literal else "")
    )
    for verdict in result.verdicts:
        if (
            every_frame
            or verdict.verdict == Outcome.DIFFERENT
            or verdict.missing
            or verdict.problem
        ):
            say(f"  frame {verdict.frame}  {verdict.template or '(string)'}  {verdict.verdict}")
            for name in verdict.missing:
                say(f"    not in the recording: {name}")
            if verdict.problem:
                say(f"    {verdict.problem}")
            for line in verdict.diff.splitlines():
                say(f"    {line}")


def _print_files(files: Compared | None) -> None:
    if files is None:
        return
    say(
        f"  {counted(len(files.same), 'file')} unchanged, {len(files.changed)} changed since, "
        f"{len(files.gone)} gone since"
    )
    fates = (
        ("changed since", files.changed),
        ("gone since", files.gone),
        ("not in the store", files.lost),
    )
    for fate, paths in fates:
        for path in paths:
            say(f"    {fate}: {path}")
