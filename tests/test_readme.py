"""The README's Python is true: every block runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_of_the_readme_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example stands for itself."""
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_every_setting_is_in_the_readme() -> None:
    """No key is known to the code alone."""
    from flask_replay.settings import PREFIX, SETTING_FORMS

    assert set(re.findall(r"`(REPLAY_[A-Z_]+)`", README)) == {PREFIX + field.upper() for field in SETTING_FORMS}
