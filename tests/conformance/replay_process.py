"""Replay frames in a separate process that imports only the lower layers of the package.

Run as a script: ``python replay_process.py DIRECTORY_OF_FLASK_REPLAY``. Jobs come in on standard
input, answers leave on standard output, each after four bytes of length.
"""

from __future__ import annotations

import gc
import struct
import sys
import types
from pathlib import Path
from typing import BinaryIO

import msgspec

_LENGTH = struct.Struct(">I")

FOREIGN = (
    "flask",
    "werkzeug",
    "wtforms",
    "sqlalchemy",
    "flask_sqlalchemy",
    "conformance",
    "tests",
    "example",
)
"""Packages that a replay must not import: those of apps and of their libraries."""


class Job(msgspec.Struct, frozen=True):
    """Frames to replay.

    :param batch: an encoded batch.
    :param format: the one it is in.
    :param documents: templates and setups by content hash.
    :param now: when not ``None``, templates of today by their names.
    """

    batch: bytes
    format: str
    documents: dict[str, bytes]
    now: dict[str, str] | None = None


class Replayed(msgspec.Struct, frozen=True):
    """The result of one frame.

    :param html: in UTF-8, lone surrogates passed.
    :param left: the number of unused answers of the trace.
    """

    html: bytes
    missing: tuple[str, ...]
    problem: str
    left: int

    @property
    def text(self) -> str:
        """Return the HTML as text."""
        return self.html.decode("utf-8", "surrogatepass")


class Answer(msgspec.Struct, frozen=True):
    """The result of the replay.

    :param foreign: packages that should not be there.
    """

    frames: list[Replayed]
    foreign: tuple[str, ...]


def send(stream: BinaryIO, message: Job | Answer) -> None:
    """Write one message."""
    data = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Read one message; empty at the end of the stream."""
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if head else b""


def _serve(package: Path) -> None:
    # ``flask_replay/__init__.py`` wires Flask; an empty package in its place proves that a replay
    # needs none of it.
    bare = types.ModuleType("flask_replay")
    bare.__path__ = [str(package)]
    sys.modules["flask_replay"] = bare
    from jinja2 import DictLoader, Environment

    from flask_replay.codec import decode_batch
    from flask_replay.engine.replaying import Renderer

    gc.freeze()  # imported objects stay, so later collections can skip them
    documents: dict[str, bytes] = {}
    then = Renderer(documents.__getitem__)
    while data := receive(sys.stdin.buffer):
        job = msgspec.msgpack.decode(data, type=Job)
        documents.update(job.documents)
        renderer = then
        if job.now is not None:
            renderer = Renderer(
                documents.__getitem__, Environment(loader=DictLoader(job.now), autoescape=True)
            )
        frames = []
        for frame in decode_batch(job.batch, job.format).frames:
            rendered = renderer.render(frame)
            html = rendered.html.encode("utf-8", "surrogatepass")
            left = sum(map(len, frame.trace.answers.values())) - len(then.given(frame))
            frames.append(Replayed(html, rendered.missing, rendered.problem, left))
        foreign = tuple(sorted({name.partition(".")[0] for name in sys.modules} & set(FOREIGN)))
        send(sys.stdout.buffer, Answer(frames, foreign))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
