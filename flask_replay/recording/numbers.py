"""The numbers that are read from files."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 48)]
"""What is read from a file and added up: so small that no sum of them is too large to be written.
"""

MomentNumber = Annotated[float, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, until the end of the year 9999, which is as far as a calendar of Python's
goes.
"""
