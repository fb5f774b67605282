"""Pages over hostile objects leave nothing behind, with the compiled core and without it."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.cores import compiled, running_on

from .hostile import Held, Rounds, is_level

__all__ = ["compiled"]

FEW, MANY = 500, 10_000


@pytest.mark.parametrize("core", ["compiled", "python"])
@pytest.mark.parametrize("renders", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_references_stay_level(core: str, renders: int, compiled: ModuleType) -> None:
    """Although objects raise, render other pages, or let go of themselves while they are asked.
    ``./dev fuzz core`` does it a million times.
    """
    with running_on(compiled if core == "compiled" else None):
        rounds = Rounds()
        grown = rounds.grown(renders)
    assert rounds.renders >= renders
    assert is_level(grown), grown


def test_what_stays_is_found() -> None:
    """A filter that keeps what it gets is no level one."""
    rounds, kept = Rounds(), []
    rounds.site.app.jinja_env.filters["kept"] = lambda value: kept.append([value]) or value  # type: ignore[func-returns-value]
    assert not is_level(rounds.grown(FEW))
    assert not is_level(Held(0, 10_000, 0))
