"""A part of the table once more: recordings are the same with and without the compiled core.

``./dev test --lowest`` runs all of it with the core of Python.
"""

from __future__ import annotations

from types import ModuleType

import msgspec
import pytest

from tests.conformance.harness import Seen, frames_of, without_addresses
from tests.conformance.test_table import World, _visit, _without_warnings, world
from tests.cores import running_on

__all__ = ["_without_warnings", "world"]


def kept(seen: Seen, kinds: tuple[str, ...]) -> dict[str, str]:
    """Return what is kept of a request's renders, without addresses of objects."""
    frames, _ = frames_of(seen)
    told = (repr(msgspec.structs.replace(frame, digest=b"")) for frame in frames)
    return dict(zip(kinds, map(without_addresses, told), strict=True))


OPERATIONS = (
    "text", "attribute", "missing_attribute", "item_by_name", "special_attribute", "colliding_attribute", "iterate",
    "loop_recursive", "unpack_nested", "equal_object", "contains_object", "call", "call_with_arguments",
    "call_with_object", "call_spread", "call_twice", "call_method", "call_method_kept", "show_by_name",
    "show_spread_mapping", "format_method", "get_method", "app_filter", "namespace", "macro_varargs", "caller",
)  # fmt: skip
"""Operations in which a compiled helper takes part, or which it leaves to Python."""


@pytest.mark.parametrize("world", ["plain"], indirect=True)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_is_recorded_alike(operation: str, world: World, compiled: ModuleType) -> None:
    """For each kind of value: the page, the calls on its objects, and every kept answer."""
    found = []
    for module in (compiled, None):
        with running_on(module):
            rows, seen = _visit(world.traced, operation, world.kinds)
            pages = {row.kind: without_addresses(repr(row)) for row in rows}
            found.append((pages, kept(seen, world.kinds)))
    (pages, frames), (expected_pages, expected_frames) = found
    assert pages == expected_pages
    assert frames == expected_frames
