"""What tests of the engine share."""

from __future__ import annotations

from tests.cores import compiled

__all__ = ["compiled"]
