"""Tests for every store, and tools for tests of an app. To test a store, subclass a contract.

::

    class TestMyStorage(SharedStorageContract):
        @pytest.fixture
        def open_storage(self, tmp_path):
            return lambda: MyStorage(tmp_path)

Tests that ``flask replay test`` prints repeat a recording with a :class:`Visitor`.

The contracts need pytest; the rest does not. A running app needs nothing from this package.
"""

import sys
from typing import TYPE_CHECKING, Any

from .samples import begun, entry, finished, head

if TYPE_CHECKING:
    from .contract import SharedStorageContract, StorageContract
    from .visitor import Page, Visitor

__all__ = [
    "Page",
    "SharedStorageContract",
    "StorageContract",
    "Visitor",
    "begun",
    "entry",
    "finished",
    "head",
]

_pytest = sys.modules.get("pytest")
if _pytest is not None:
    _pytest.register_assert_rewrite(
        *(
            f"{__name__}.{module}"
            for module in ("journal", "archive", "finishing", "forgetting", "viewing", "sharing")
        )
    )


def __getattr__(name: str) -> Any:
    if name in {"SharedStorageContract", "StorageContract"}:
        from . import contract

        return getattr(contract, name)
    if name in {"Page", "Visitor"}:
        from . import visitor

        return getattr(visitor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
