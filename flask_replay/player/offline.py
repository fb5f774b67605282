"""One file with a recording, its pages and files, and the player. It plays from a disk without a
network.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import msgspec
from jinja2 import Environment

from ..recording.device import device_of
from ..recording.model import Recording
from ..recording.remarks import Remarks
from . import assets, live
from .embedded_files import EmbeddedFiles
from .offline_panels import OfflinePanels
from .panel_data import story_data
from .scenes import How, Scenes
from .steps import Step, StepKind, details, step_data

_IMPORT = re.compile(r"""(from |import\()"\./""")
_PREFIX = "replay/"
"""Prefix for the names of the player's modules in the file."""

ExportProgress = Callable[[int, int], object]


class _Lines:
    """Texts that share most of their lines. Each line is stored once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def add(self, text: str) -> list[int]:
        """Return the numbers of a text's lines."""
        return [self.numbers.setdefault(line, len(self.numbers)) for line in text.split("\n")]


def one_file(
    recording: Recording,
    scenes: Scenes,
    environment: Environment,
    progress: ExportProgress = lambda done, of: None,
) -> bytes:
    """Return an HTML file that plays a recording.

    :param environment: the Jinja environment of the player's pages.
    :param progress: is called with the number of finished steps and the number of all steps.
    """
    files, lines = EmbeddedFiles(scenes, recording), _Lines()
    panels = OfflinePanels(recording, scenes.recordings, lines.add)
    found = scenes.steps(recording)
    steps: list[dict[str, Any]] = []
    for step in found:
        steps.append({**_step(step, recording, scenes, files, lines), "panels": panels.of(step)})
        _add_way(steps, step, found, recording, scenes, files, lines)
        progress(step.number + 1, len(found))
    modules, script = _modules(), _static("offline.js")
    content = {
        "body": _template(
            environment, "player.html", recording, scenes.recordings.remarks(recording.summary.id)
        ),
        "style": _static("replay.css") + str(environment.globals["own_style"]),
        "modules": modules,
        "steps": {
            **live.state(recording),
            "device": device_of(recording.batches, recording.summary.facets),
            "ended": True,
            "steps": [{**step_data(step), "key": None} for step in found],
        },
        "story": story_data(recording, panels.observing),
        "of": steps,
        "lines": [*lines.numbers],
        "files": files.contents,
        "place": files.place,
    }
    packed = zlib.compressobj(9, wbits=31)  # the gzip format, which browsers can decompress
    data = packed.compress(msgspec.json.encode(content)) + packed.flush()
    text = environment.get_template("offline.html").render(
        summary=recording.summary,
        policy=_policy([script, _imports(modules)]),
        script=script,
        data=base64.b64encode(data).decode(),
    )
    return text.encode()


def _template(environment: Environment, name: str, recording: Recording, remarks: Remarks) -> str:
    """Return a page of the player for use without a server."""
    summary = recording.summary
    return environment.get_template(name).render(
        offline=True,
        summary=summary,
        compare=False,
        remarks=remarks,
        note_token="",
        share_token="",
        device=device_of(recording.batches, recording.summary.facets).facts,
        live=False,
        pinned=False,
        pin_token="",
        delete_token="",
        export=False,
        url_for=lambda name, **_: f"/{summary.id}" if name == ".show" else "#",
    )


def _step(
    step: Step, recording: Recording, scenes: Scenes, files: EmbeddedFiles, lines: _Lines
) -> dict[str, Any]:
    """Return all data that the player may request for a step."""
    made: dict[str, Any] = {"details": details(step.batch)}
    if step.shows in {StepKind.NO_STEP, StepKind.DATA}:
        return made
    action = step.batch.action
    for name, how in _ways(files.how, both=action is not None and len(action.snapshots) > 1):
        verdict = scenes.verdict(recording, step, how)
        made[name] = {
            "verdict": verdict,
            "page": lines.add(scenes.page(recording, step, how).get_data(as_text=True)),
            "piece": lines.add(scenes.piece(recording, step, how).get_data(as_text=True))
            if verdict.get("beside")
            else [],
        }
    return made


def _add_way(
    steps: list[dict[str, Any]],
    step: Step,
    found: Sequence[Step],
    recording: Recording,
    scenes: Scenes,
    files: EmbeddedFiles,
    lines: _Lines,
) -> None:
    """Add how the visitor came to a step, and the previous page as they left it, if something on it
    led to the step.
    """
    if step.shows in {StepKind.NO_STEP, StepKind.DATA}:
        return
    way = steps[step.number]["way"] = scenes.way(recording, step, files.how)
    before = way["from"]
    if way["marked"] and 0 <= before < step.number:
        left = scenes.page(recording, found[before], files.how._replace(onward=step.number))
        steps[before].setdefault("left", {})[step.number] = lines.add(left.get_data(as_text=True))


def _ways(how: How, *, both: bool) -> Iterator[tuple[str, How]]:
    yield "then", how
    if both:
        yield "dom", how._replace(dom=True)


def _static(name: str) -> str:
    return (assets.folder("static") / name).read_text("utf-8")


def _modules() -> dict[str, str]:
    """Return the player's modules, which import each other by bare names that need no server."""
    paths = sorted(assets.folder("static").glob("*.js"))
    return {
        f"{_PREFIX}{path.name}": _IMPORT.sub(rf'\1"{_PREFIX}', path.read_text("utf-8"))
        for path in paths
    }


def _imports(modules: dict[str, str]) -> str:
    """Return the import map that ``offline.js`` creates, in exactly the same form, because the
    policy allows only this one by its hash.
    """
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in modules.items()}
    entries = ",".join(
        f'"{name}":"data:text/javascript;base64,{text}"' for name, text in encoded.items()
    )
    return f'{{"imports":{{{entries}}}}}'


def _policy(scripts: list[str]) -> str:
    """Return the policy of the file: its own scripts run, and it makes no requests."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    return escape(
        f"default-src 'none'; script-src {hashes} data:; style-src 'unsafe-inline' data:; "
        "img-src data:; font-src data:; media-src data:; object-src data:; "
        "frame-src 'self' data: blob:; form-action 'none'"
    )
