"""Share learnt secrets between the workers of one app on one machine, in memory only.

Another worker may handle a visitor's next request, and must know the secrets to look for. Each
worker has a Unix datagram socket in a folder of the spool. It sends what it learns to the others.
Secrets that a request carried are sent before its visitor can send the next one. No request waits
for delivery, and messages that a busy worker does not accept are lost. A new worker asks some
others for what they know. Only processes that may enter the folder can send. Messages are also
signed with the app's key.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets as random
import selectors
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from itsdangerous import BadSignature, Signer

from ...boundary import Boundary
from ...sanitize.lasting import LastingSecrets, Short
from ...storage.files.folder import make_folder
from ..processes import after_fork

_LARGEST = 131_072
"""Bytes of the largest message. Systems may refuse larger ones."""

_ROOM = 4 * _LARGEST
"""Bytes of a socket's buffer. Linux grants up to ``net.core.wmem_max``."""

_PORTION = 16_384
"""Characters of secrets after which another message begins."""

_MOST = 256
"""The most messages to read at once."""

_ASKED_WORKERS = 4
"""The number of workers that a new one asks for secrets. Each has the secrets of all."""

_PATIENCE = 0.5
"""Seconds for which the first request waits for their answers, once its response is sent."""

_ROUND = 60.0
"""Seconds after which the listening thread checks whether it is still needed."""

_ADDRESS = 100
"""Bytes of the longest socket address. Systems accept at least 103."""

_DESCRIPTORS = Path("/proc/self/fd")
_NAME = re.compile(r"[0-9a-f]{16}", re.ASCII)


class SiblingMessage(msgspec.Struct, kw_only=True):
    """A message from one worker to another.

    :param secrets: the secrets to look for anywhere, with their replacements.
    :param short: the secrets of a visit to look for as whole values, by its recording.
    :param ask: the name of a worker that asks for what others know.
    :param last: whether this is the last message of the answer to that.
    :param flush: the name of a worker that asks others to write everything they have recorded to
        the store.
    :param flushed: whether this is the answer to that.
    """

    secrets: dict[str, str] = {}
    short: Short = {}
    ask: str = ""
    last: bool = False
    flush: str = ""
    flushed: bool = False


class Siblings:
    """The other workers of this app on this machine.

    :param folder: the folder of their sockets; nobody else may use it.
    :param keys: returns the app's secret keys, the newest last. Without a key, nothing is sent.
    :param lasting: takes the secrets that the others learnt.
    :ivar has_others: whether there are, or were, other workers.
    :ivar flush: writes what this worker has recorded, when another worker asks for it.
    """

    def __init__(
        self,
        folder: Path,
        keys: Callable[[], list[bytes]],
        lasting: LastingSecrets,
        boundary: Boundary,
    ) -> None:
        self.folder = folder
        self.keys = keys
        self.lasting = lasting
        # weak, so that neither object waits for the garbage collector
        share = weakref.WeakMethod(self.share)
        lasting.share = lambda secrets, short: (
            None if (method := share()) is None else method(secrets, short)
        )
        self.boundary = boundary
        self.flush: Callable[[], object] = bool
        self._leave: weakref.finalize[Any, Any] | None = None
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        """Reset the state after a fork. The sockets belong to the parent."""
        if self._leave is not None:
            self._leave()  # it recognizes the parent's socket
        self._leave = None
        self.lock = threading.Lock()
        self.receiver: socket.socket | None = None
        self.name = ""
        self.has_others = False
        self.process = os.getpid()
        self._listening = threading.Event()
        self._awaited = self._unflushed = 0
        self._wait_until = 0.0

    def join(self, *, threads: bool) -> None:
        """Start listening, and ask others for what they know.

        :param threads: whether a thread can listen. Without one, messages are read before data is
            sanitized.
        """
        if os.getpid() != self.process:
            self._reset()
        if not hasattr(socket, "AF_UNIX") or not self.keys():
            return
        with self.lock:
            if self.receiver is not None:
                return
            try:
                self.receiver = self._open()
            except OSError as error:
                self.boundary.say(
                    "siblings",
                    f"workers cannot share secrets to redact: {self.folder}: {error}",
                )
                return
        if threads:
            with suppress(RuntimeError):  # no more threads can be started
                listener = (weakref.ref(self), self.receiver)
                threading.Thread(
                    target=_listen, args=listener, name="flask-replay-listener", daemon=True
                ).start()
                self._listening.set()
        others = self._others()
        self.has_others = bool(others)
        self._wait_until = time.monotonic() + _PATIENCE
        request = self._signed(SiblingMessage(ask=self.name))
        self._awaited = [self._send(other, request) for other in others].count(True)

    def _open(self) -> socket.socket:
        """Return the socket of this worker. It is closed at the end of this process or object."""
        if self.folder.parent.is_symlink() or self.folder.is_symlink():
            raise OSError("a symbolic link is not followed")
        make_folder(self.folder)
        status = self.folder.stat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise PermissionError("others may enter it")
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.setblocking(False)
        name = random.token_hex(8)
        try:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                with suppress(OSError):  # larger than the system allows
                    receiver.setsockopt(socket.SOL_SOCKET, option, _ROOM)
            with _Address(self.folder / name) as address:
                receiver.bind(address)
                Path(address).chmod(0o600)  # the folder already belongs to its owner alone
        except OSError:
            receiver.close()
            raise
        self.name = name
        self._leave = weakref.finalize(
            self, _close, receiver, self.folder / name, os.getpid(), self._listening
        )
        return receiver

    def _others(self) -> list[str]:
        with suppress(OSError):
            # a Path object for each would take longer
            names = os.listdir(self.folder)  # noqa: PTH208
            return [name for name in names if name != self.name and _NAME.fullmatch(name)]
        return []

    # Sending

    def share(self, secrets: Mapping[str, str], short: Short) -> None:
        """Send new secrets to the other workers. It does not wait, and never raises."""
        if self.receiver is None or os.getpid() != self.process:
            return
        with self.boundary.guard("tell other workers what is secret"):
            others = self._others()
            for message in _portions(secrets, short) if others else ():
                data = self._signed(message)
                for other in others:
                    self._send(other, data)

    def _signed(self, message: SiblingMessage) -> bytes:
        # unlike other encoders, json can write lone surrogates
        data = json.dumps(msgspec.to_builtins(message)).encode()
        return self._signer().sign(data)

    def _signer(self) -> Signer:
        return Signer(self.keys(), salt=b"flask-replay siblings", digest_method=hashlib.sha256)

    def _send(self, other: str, data: bytes) -> bool:
        """Send one message, and return whether it was accepted. The socket of a worker that died is
        removed.
        """
        receiver, path = self.receiver, self.folder / other
        if receiver is None or len(data) > _LARGEST:
            return False
        try:
            with _Address(path) as address:
                receiver.sendto(data, address)
        except ConnectionRefusedError:
            with suppress(OSError):
                path.unlink()
            return False
        except OSError:  # the worker is gone or too busy
            return False
        return True

    def have_others_flush(self, seconds: float) -> bool:
        """Ask the others to write what they have recorded, and wait for that.

        :param seconds: the longest time to wait.
        :returns: whether all have answered.
        """
        if self.receiver is None or os.getpid() != self.process:
            return True
        request = self._signed(SiblingMessage(flush=self.name))
        self._unflushed = [self._send(other, request) for other in self._others()].count(True)
        self._wait(time.monotonic() + seconds, lambda: self._unflushed > 0)
        return self._unflushed <= 0

    def _wait(self, until: float, lacking: Callable[[], bool]) -> None:
        """Read messages until nothing is lacking or the time is up."""
        while self.receiver is not None and lacking() and (left := until - time.monotonic()) > 0:
            with selectors.DefaultSelector() as selector:
                selector.register(self.receiver, selectors.EVENT_READ)
                selector.select(min(left, 0.005))  # another thread may have read the message
            self.receive()

    # Receiving

    def catch_up(self) -> None:
        """Read all messages from other workers, before data is sanitized."""
        if self.receiver is None or os.getpid() != self.process:
            return
        with self.boundary.guard("learn from other workers what is secret"):
            if self._awaited:
                self._wait(self._wait_until, lambda: self._awaited > 0)
                self._awaited = 0
            self.receive()

    def receive(self) -> None:
        """Read the waiting messages. A second thread waits here until the first one has learnt what
        it read.
        """
        with self.lock:
            messages = [
                message for data in self._read() if (message := self._understood(data)) is not None
            ]
            if not messages:
                return
            secrets: dict[str, str] = {}
            short: Short = {}
            for message in messages:
                secrets |= message.secrets
                for visit, values in message.short.items():
                    short.setdefault(visit, {}).update(values)
            if secrets or short:
                self.lasting.remember(secrets, short)
            self._awaited = max(0, self._awaited - sum(message.last for message in messages))
            self._unflushed -= sum(message.flushed for message in messages)
            self.has_others = True
        for message in messages:
            if _NAME.fullmatch(message.ask):
                self._answer(message.ask)
            if _NAME.fullmatch(message.flush):
                # in a thread: the store may be slow, and nothing here may wait for it
                threading.Thread(target=self._flush_for, args=(message.flush,), daemon=True).start()

    def _flush_for(self, other: str) -> None:
        with self.boundary.guard("write what another worker waits for"):
            self.flush()
            self._send(other, self._signed(SiblingMessage(flushed=True)))

    def _read(self) -> Iterator[bytes]:
        for _ in range(_MOST):
            try:
                data = b"" if self.receiver is None else self.receiver.recv(_LARGEST + 1)
            except OSError:
                return
            if not data:
                return
            if len(data) <= _LARGEST:
                yield data

    def _understood(self, data: bytes) -> SiblingMessage | None:
        try:
            return msgspec.convert(json.loads(self._signer().unsign(data)), SiblingMessage)
        except (BadSignature, msgspec.MsgspecError, ValueError, RecursionError):
            return None

    def _answer(self, other: str) -> None:
        secrets, short = self.lasting.all()
        *others, last = _portions(secrets, short) or [SiblingMessage()]
        last.last = True
        for message in (*others, last):
            self._send(other, self._signed(message))


def _portions(secrets: Mapping[str, str], short: Short) -> list[SiblingMessage]:
    """Return messages of moderate size. A secret that is longer than that gets a message of its
    own.
    """
    messages: list[SiblingMessage] = []
    size = _PORTION
    pairs = [("", *pair) for pair in secrets.items()]
    pairs += [(visit, *pair) for visit, values in short.items() for pair in values.items()]
    for visit, value, placeholder in pairs:
        if size + len(value) > _PORTION:
            messages.append(SiblingMessage(secrets={}, short={}))
            size = 0
        size += len(value) + len(placeholder)
        values = messages[-1].short.setdefault(visit, {}) if visit else messages[-1].secrets
        values[value] = placeholder
    return messages


def _listen(of: weakref.ref[Siblings], receiver: socket.socket) -> None:
    """Read messages as they arrive, because systems queue only few of them."""
    with receiver, suppress(OSError, ValueError), selectors.DefaultSelector() as selector:
        selector.register(receiver, selectors.EVENT_READ)
        while True:
            selector.select(_ROUND)
            siblings = of()
            if siblings is None or siblings.receiver is not receiver:
                return
            with siblings.boundary.guard("learn from other workers what is secret"):
                siblings.receive()
            del siblings


def _close(receiver: socket.socket, path: Path, process: int, listening: threading.Event) -> None:
    """Close a socket. A forked process leaves the parent's socket open for the parent.

    A listening thread closes the socket itself. If the socket were closed before the thread wakes
    up, the thread would sleep on.
    """
    if os.getpid() != process:
        receiver.close()
        return
    with suppress(OSError):
        path.unlink()
    with suppress(OSError):
        receiver.shutdown(socket.SHUT_RDWR)  # this wakes the thread
    if not listening.is_set():
        receiver.close()


class _Address:
    """The address of a socket by its path, whatever its length. Systems accept only short
    addresses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = -1

    def __enter__(self) -> str:
        if len(os.fsencode(self.path)) <= _ADDRESS or not _DESCRIPTORS.is_dir():
            return str(self.path)
        self.descriptor = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return str(_DESCRIPTORS / str(self.descriptor) / self.path.name)

    def __exit__(self, *_: object) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
