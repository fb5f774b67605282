"""The documented example of a store passes the contract."""

from __future__ import annotations

from pathlib import Path


def test_the_documented_example_is_the_tested_store() -> None:
    """Character by character."""
    code = (Path(__file__).parent / "memory.py").read_text()
    assert (
        f"```python\n{code}```\n" in (Path(__file__).parents[2] / "docs" / "storage.md").read_text()
    )
