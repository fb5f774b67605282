"""Facts about a store, encrypted or not: its title, and whether its keys are available."""

from __future__ import annotations

from typing import TypeVar, cast

from ...errors import DecodeError, KeyMissing
from ..protocols import Storage
from .keyring import Keyring
from .sealed import Sealed

S = TypeVar("S")


def bare(store: S) -> S:
    """Return the store below the encryption, for callers that need no content."""
    return cast("S", store.inner) if isinstance(store, Sealed) else store


def sealed(store: S, keyring: Keyring) -> S:
    """Return a store, or a part of one, whose recordings are encrypted."""
    return cast("S", Sealed(store, keyring))


def title(storage: Storage) -> str:
    """Return the title of a store for people: its class, its location, and whether it is
    encrypted.
    """
    encrypted = ""
    while isinstance(storage, Sealed):
        encrypted = ", encrypted" if storage.keyring else encrypted
        storage = storage.inner
    return " ".join([type(storage).__name__, str(getattr(storage, "path", ""))]).strip() + encrypted


def locked(storage: Storage) -> str:
    """Return why the newest recordings cannot be decrypted, ``""`` if they can or there are none.

    :raises StorageError: the store fails.
    """
    if not isinstance(storage, Sealed):
        return ""
    newest = [*storage.inner.active(limit=1), *storage.inner.summaries(limit=1)]
    for summary in newest:
        for text, kind in (
            (summary.name, "name"),
            (summary.landing, "landing"),
            (summary.landing, "summary"),
        ):
            try:
                storage.keyring.open_text(text, kind, summary.id)
            except KeyMissing as error:
                return f"the recording {summary.id}: {error}"
            except DecodeError:
                continue  # it is sealed as another kind
    return ""
