"""Types of numbers that are read from files."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 48)]
"""A number that is read from a file and added up. The limit keeps sums small enough to be written.
"""

MomentNumber = Annotated[float, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, until the end of the year 9999, the last that Python's ``datetime`` supports.
"""
