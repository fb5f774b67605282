"""Render every frame of a store in a separate process that imports only the package's lower layers.

Run as a script: ``python replay_process.py DIRECTORY_OF_FLASK_REPLAY STORE``; prints a
:class:`Report` as JSON.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import msgspec


class Rendering(msgspec.Struct, frozen=True):
    """The result of one frame.

    :param digest: of what was sent, in hex.
    """

    template: str
    verdict: str
    digest: str
    html: str
    flags: tuple[str, ...]
    missing: tuple[str, ...]
    problem: str

    @property
    def exact(self) -> bool:
        """Whether it is complete and equals what was sent."""
        whole = not (self.missing or self.problem or self.flags)
        return whole and self.verdict in {"identical", "identical but for redacted values"}


class Report(msgspec.Struct, frozen=True):
    """The results of all frames.

    :param modules: the top-level modules that the process had imported in the end.
    """

    renderings: list[Rendering]
    modules: list[str]


def render_all(store: Path) -> list[Rendering]:
    """Render and judge every frame of every recording."""
    from flask_replay.engine.replaying import Renderer, verify_all
    from flask_replay.storage import FileStorage, Recordings

    recordings = Recordings(FileStorage(store), 1000, 1e9)
    renderer = Renderer(recordings.document)
    found = []
    for summary in recordings.summaries():
        frames = list(recordings.get(summary.id).frames)
        for frame, verdict in zip(
            frames, verify_all(summary.id, frames, renderer).verdicts, strict=True
        ):
            rendering = Rendering(
                template=frame.template,
                verdict=verdict.verdict,
                digest=frame.digest.hex(),
                html=renderer.render(frame).html.encode("utf-8", "replace").decode(),
                flags=frame.flags,
                missing=verdict.missing,
                problem=verdict.problem,
            )
            found.append(rendering)
    return found


def import_lower_layers(package: Path) -> None:
    """Make the layers of the package importable without its ``__init__``, which would import Flask."""
    bare = types.ModuleType("flask_replay")
    bare.__path__ = [str(package)]
    sys.modules["flask_replay"] = bare


def main(package: str, store: str) -> None:
    """Render a store, and print the report."""
    import_lower_layers(Path(package))
    renderings = render_all(Path(store))
    modules = sorted({name.partition(".")[0] for name in sys.modules})
    sys.stdout.buffer.write(msgspec.json.encode(Report(renderings, modules)))


if __name__ == "__main__":
    main(*sys.argv[1:])
