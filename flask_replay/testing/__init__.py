"""What every store must do, as tests: subclass one of the contracts, and pytest runs them over yours.

::

    class TestMyStorage(SharedStorageContract):
        @pytest.fixture
        def open_storage(self, tmp_path):
            return lambda: MyStorage(tmp_path)

Needs pytest, and gives nothing to a running app.
"""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("journal", "archive", "finishing", "viewing", "sharing"))
)

from .contract import SharedStorageContract, StorageContract  # noqa: E402
from .samples import begun, entry, finished, head  # noqa: E402

__all__ = ["SharedStorageContract", "StorageContract", "begun", "entry", "finished", "head"]
