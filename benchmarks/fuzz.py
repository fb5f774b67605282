"""A million hostile inputs for all code that reads bytes from elsewhere, in as many processes as
there are cores.

Each input is a valid file of ``tests/recordings_v1`` with damage: flipped bits, cuts, parts of
another file, changed lengths, or replaced values, under correct checksums. The readers may refuse
it with an error of this project, soon and without filling the memory.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import resource
import struct
import sys
import tarfile
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import msgspec

from flask_replay.codec import decode_batch, decode_recording, encode_batch, unpack
from flask_replay.codec.recordings import decode_header, header_size
from flask_replay.engine.replaying import Renderer, page
from flask_replay.errors import ReplayError
from flask_replay.player.steps import details, steps
from flask_replay.storage import FileStorage, Recordings, finalize
from flask_replay.storage.files.segments import read_segment
from flask_replay.storage.files.tar import TarFile
from flask_replay.storage.lifecycle.moving import copy

INPUTS = 1_000_000
STORE = Path(__file__).parents[1] / "tests" / "recordings_v1" / "store"
_MEMORY = 1 << 30
"""Bytes that a process may take beyond its memory at the start."""
_SLOW = 2.0
"""Processor seconds that an input may take."""
_LIMIT = 8 << 20
"""Bytes that a recording may have here when decompressed."""
_ID = "01m7ymk7n83b0vx4ny8t9xdvf3"
_ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63 - 1, -(2**63), 2**64 - 1, 1.5, float("nan"), float("inf"), -1e308, "", "x", "\x00",
    "../../etc/passwd", "a" * 5000, "{{ 7 * 7 }}", "$", b"", b"\xff" * 40, [], {}, [[[[[]]]]], {"$": ["{}", {}]}, {"": None},
    {"$": ["dt", "x"]}, {"$": ["d", "NaN"]}, {"$": ["id", 7]}, ["m", "<script>"], [0] * 200,
)  # fmt: skip

Target = Callable[[bytes], object]


def _record(header: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", len(header), len(payload))
    checksum = zlib.crc32(header, zlib.crc32(lengths))
    return (
        struct.pack(">IIII", checksum, len(header), len(payload), zlib.crc32(payload))
        + header
        + payload
    )


class Samples:
    """Valid files, as bytes and decoded; all are of one recording, by their ids."""

    def __init__(self) -> None:
        self.recordings = [self._renamed(path) for path in sorted((STORE / "archive").iterdir())]
        self.segments = [self._renamed(path) for path in sorted(STORE.glob("journal/*/*.seg"))]
        self.documents = [path.read_bytes() for path in sorted((STORE / "templates").iterdir())]
        self.headers = [
            msgspec.msgpack.decode(data[9 : header_size(data)]) for data in self.recordings
        ]
        self.streams = [unpack(data[header_size(data) :]) for data in self.recordings]
        read = [decode_recording(data).batches for data in self.recordings]
        self.batches = {
            format: [encode_batch(batch, format) for batches in read for batch in batches]
            for format in ("msgpack", "json")
        }
        self.records = [list(self._records(data)) for data in self.segments]
        self.tar = self._tar()

    def _renamed(self, path: Path) -> bytes:
        data = path.read_bytes()
        if path.suffix == ".replay":
            return data.replace(path.stem.encode(), _ID.encode(), 1)
        (head, payload), *_ = self._records(data)
        rest = data[5 + len(_record(msgspec.msgpack.encode(head), payload)) :]
        return b"FRPJ\x01" + _record(msgspec.msgpack.encode({**head, "id": _ID}), payload) + rest

    @staticmethod
    def _records(data: bytes) -> Iterator[tuple[Any, bytes]]:
        data = data[5:]
        while data:
            _, header, payload, _ = struct.unpack_from(">IIII", data)
            yield (
                msgspec.msgpack.decode(data[16 : 16 + header]),
                data[16 + header : 16 + header + payload],
            )
            data = data[16 + header + payload :]

    def _tar(self) -> bytes:
        with io.BytesIO() as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                for path in (*STORE.glob("archive/*"), *STORE.glob("templates/*")):
                    tar.add(path, str(path.relative_to(STORE)))
            return file.getvalue()


class Mutator:
    """Damages data, reproducibly for each seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.samples = Samples()

    def harm(self, data: bytes, other: bytes) -> bytes:
        """Change some bytes."""
        chance, bytes_ = self.chance, bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
            place, length = chance.randrange(len(bytes_) + 1), chance.choice((1, 2, 4, 8, 40, 400))
            match chance.randrange(8):
                case 0 | 1 if place < len(bytes_):
                    bytes_[place] ^= 1 << chance.randrange(8)
                case 2:
                    del bytes_[place : place + length]
                case 3:
                    bytes_[place:place] = chance.randbytes(length)
                case 4:
                    bytes_[place : place + 4] = chance.choice(
                        (b"\xff" * 4, b"\x00" * 4, b"\x7f\xff\xff\xff", b"\x00\x00\x00\x01")
                    )
                case 5:
                    start = chance.randrange(len(other) + 1)
                    bytes_[place : place + length] = other[start : start + length]
                case 6:
                    bytes_[place:] = other[chance.randrange(len(other) + 1) :]
                case _:
                    del bytes_[place:]
        return bytes(bytes_)

    def odd(self, value: Any) -> Any:
        """Replace one value in plain data by a value of another type, or by another part of the
        data.
        """
        chance = self.chance
        if isinstance(value, dict) and value and chance.random() < 0.9:
            name = chance.choice(list(value))
            if chance.random() < 0.1:
                return {key: item for key, item in value.items() if key != name}
            return {**value, name: self.odd(value[name])}
        if isinstance(value, list) and value and chance.random() < 0.9:
            place = chance.randrange(len(value))
            if chance.random() < 0.1:
                return (
                    value[:place]
                    + value[place + 1 :]
                    + value[place : place + 1] * chance.randrange(3)
                )
            return [*value[:place], self.odd(value[place]), *value[place + 1 :]]
        return chance.choice(_ODD)

    def odd_values(self, format: str, data: bytes) -> bytes:
        """Return a batch, or all batches of a recording, with replaced values."""
        codec: Any = msgspec.json if format == "json" else msgspec.msgpack
        value = codec.decode(data)
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            value = self.odd(value)
        try:
            return bytes(codec.encode(value))
        except (msgspec.MsgspecError, ValueError, OverflowError, TypeError):
            return data

    def odd_header(self, value: Any) -> bytes:
        """Return a header with a replaced value."""
        if self.chance.random() < 0.5:
            value = self.odd(value)
        try:
            return bytes(msgspec.msgpack.encode(value))
        except (ValueError, OverflowError):
            return b"\x80"

    def batch(self, format: str) -> bytes:
        good = self.chance.choice(self.samples.batches[format])
        other = self.chance.choice(self.samples.batches[self.chance.choice(("msgpack", "json"))])
        return (
            self.harm(good, other) if self.chance.random() < 0.4 else self.odd_values(format, good)
        )

    def recording(self) -> bytes:
        chance, samples = self.chance, self.samples
        number = chance.randrange(len(samples.recordings))
        if chance.random() < 0.5:
            return self.harm(
                samples.recordings[number], chance.choice(samples.segments + samples.recordings)
            )
        header, data = samples.headers[number], samples.streams[number]
        if chance.random() < 0.8:
            data = self.odd_values(header.get("format", "msgpack"), data)
        if chance.random() < 0.2:
            data = self.harm(data, data)
        written = self.odd_header(header)
        return (
            struct.pack(">4sBI", b"FRPL", 1, len(written))
            + written
            + bytes(brotli.compress(data, quality=0))
        )

    def segment(self) -> bytes:
        chance, samples = self.chance, self.samples
        if chance.random() < 0.5:
            return self.harm(
                chance.choice(samples.segments),
                chance.choice(samples.recordings + samples.segments),
            )
        pieces = []
        records = chance.choice(samples.records)
        wrong = chance.randrange(len(records))
        for number, (header, payload) in enumerate(records):
            written = self.odd_header(header) if number == wrong else msgspec.msgpack.encode(header)
            pieces.append(
                _record(written, payload if chance.random() < 0.8 else self.batch("msgpack"))
            )
        return b"FRPJ\x01" + b"".join(pieces)

    def document(self) -> bytes:
        return self.harm(
            self.chance.choice(self.samples.documents), self.chance.choice(self.samples.recordings)
        )

    def tar(self) -> bytes:
        return self.harm(self.samples.tar, self.samples.tar)


class Readers:
    """All code that reads bytes from elsewhere.

    :param folder: a folder for files.
    """

    def __init__(self, folder: Path, mutator: Mutator) -> None:
        self.folder = folder
        self.mutator = mutator
        self.path = folder / "input"
        self.storage = FileStorage(folder / "store")
        self.targets: list[tuple[str, int, Callable[[], bytes], Target]] = [
            ("recording", 30, mutator.recording, self.recording),
            (
                "batch msgpack",
                25,
                lambda: mutator.batch("msgpack"),
                lambda data: decode_batch(data),
            ),
            (
                "batch json",
                25,
                lambda: mutator.batch("json"),
                lambda data: decode_batch(data, "json"),
            ),
            ("segment", 30, mutator.segment, self.segment),
            ("template", 10, mutator.document, lambda data: unpack(data, _LIMIT)),
            ("store", 4, mutator.segment, self.store),
            ("archive", 4, mutator.recording, self.archive),
            ("tar", 2, mutator.tar, self.tar),
            ("replay", 4, mutator.recording, self.replay),
        ]

    def recording(self, data: bytes) -> None:
        """Read a recording as the list does, then as the player does."""
        decode_header(data)
        recording = decode_recording(data, _LIMIT)
        msgspec.json.encode(steps(recording))
        for batch in recording.batches[:2]:
            msgspec.json.encode(details(batch))

    def replay(self, data: bytes) -> None:
        """Render its pages, with templates that are damaged, too."""
        recording = decode_recording(data, _LIMIT)

        def document(key: str) -> bytes:
            good = FileStorage(STORE).get_template(key)
            return self.mutator.harm(good, good) if self.mutator.chance.random() < 0.2 else good

        for batch in recording.batches[:4]:
            page(batch, Renderer(document))

    def segment(self, data: bytes) -> None:
        """Read a file of the journal."""
        self.path.write_bytes(data)
        for payloads in (False, True):
            with self.path.open("rb") as file:
                read_segment(file, _ID, payloads=payloads)

    def store(self, data: bytes) -> None:
        """Put it into a journal beside a valid recording, list, read, finalize and read again."""
        folder = self.storage.path / "journal" / _ID
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.seg").write_bytes(data)
        (folder / "b.seg").write_bytes(self.mutator.segment())
        recordings = Recordings(self.storage, 10, 1e9)
        try:
            assert len(self.storage.active()) <= 1
            finalize(self.storage, _ID, "me")
            recordings.summaries()
            recordings.get(_ID)
        finally:
            self.storage.drop(_ID)
            self.storage.delete(_ID)

    def archive(self, data: bytes) -> None:
        """List it, read it, and copy it to another store."""
        self.storage.save(_ID, data)
        try:
            (summary,) = self.storage.summaries()
            msgspec.json.encode(summary)
            self.storage.documents([_ID])
            copy(self.storage, FileStorage(self.folder / "copy"), "json")
            Recordings(self.storage, 10, 1e9).get(_ID)
        finally:
            self.storage.delete(_ID)

    def tar(self, data: bytes) -> None:
        """Import it."""
        self.path.write_bytes(data)
        with TarFile(self.path) as tar:
            copied = copy(tar, FileStorage(self.folder / "imported"))
            assert copied.recordings + copied.present + len(copied.problems) >= len(tar.ids())


def attack(seed: int, inputs: int) -> tuple[Counter[str], list[str], float, int]:
    """Try inputs in this process.

    :returns: how many were read and refused by each reader, the failures, the slowest time in
        seconds, and the bytes of memory that were needed beyond those at the start.
    """
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size + _MEMORY, before[1]))
    counts: Counter[str] = Counter()
    failures: list[str] = []
    slowest = 0.0
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    try:
        with tempfile.TemporaryDirectory(dir=fast) as folder:
            mutator = Mutator(seed)
            readers = Readers(Path(folder), mutator)
            weights = [weight for _, weight, _, _ in readers.targets]
            for name, _, make, read in mutator.chance.choices(readers.targets, weights, k=inputs):
                data = make()
                started = time.process_time()
                try:
                    read(data)
                    counts[f"{name}: read"] += 1
                except ReplayError:
                    counts[f"{name}: refused"] += 1
                except Exception:  # noqa: BLE001 - this is what is looked for
                    counts[f"{name}: raised"] += 1
                    failures.append(
                        f"{name} (seed {seed}): {traceback.format_exc(limit=-4)}{data!r:.2000}"
                    )
                took = time.process_time() - started
                slowest = max(slowest, took)
                if took > _SLOW:
                    failures.append(f"{name} (seed {seed}) took {took:.1f} s: {data!r:.2000}")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    return (
        counts,
        failures,
        slowest,
        (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10) - base,
    )


def run(inputs: int = INPUTS, processes: int | None = None) -> bool:
    """Try inputs and print the results.

    :returns: whether each was read or refused within the limits of time and memory.
    """
    workers = processes or os.cpu_count() or 1
    seed = int.from_bytes(os.urandom(4), "big")
    started = time.perf_counter()
    portion = 10_000
    jobs = [
        (seed + number, min(portion, inputs - number * portion))
        for number in range(-(-inputs // portion))
    ]
    counts: Counter[str] = Counter()
    failures: list[str] = []
    slowest, memory = 0.0, 0
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for found, bad, slow, needed in pool.starmap(attack, jobs, chunksize=1):
            counts += found
            failures += bad
            slowest, memory = max(slowest, slow), max(memory, needed)
    took = time.perf_counter() - started
    print(f"{counts.total():,} hostile inputs in {took:.0f} s (seed {seed}), {workers} processes\n")
    print(f"{'':16}{'read':>12}{'refused':>12}")
    for name in sorted({key.partition(":")[0] for key in counts}):
        print(f"{name:16}{counts[f'{name}: read']:>12,}{counts[f'{name}: refused']:>12,}")
    print(
        f"\nslowest {slowest * 1000:.0f} ms, memory at most {memory / 2**20:.0f} MiB over the start"
    )
    for failure in failures[:20]:
        print(f"\n{failure}", file=sys.stderr)
    print(f"{len(failures)} went wrong")
    return not failures
