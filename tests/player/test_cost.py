"""The cost of a page in the player is proportional to its size, whatever it contains."""

from __future__ import annotations

import pytest

from flask_replay.engine.replaying import Rendered
from flask_replay.player.framed_page import page_response

from ..counting import growth

LINKS = [
    "<link>",
    "<link rel=stylesheet href=/s.css>",
    "<link rel=prefetch href=/n>",
    "<link href=x ",
    "<link a",
    '<link a="',
    "<link " + "a " * 100,
]


@pytest.mark.parametrize("link", LINKS)
def test_searching_for_links_takes_linear_time(link: str) -> None:
    """Even if no link ends. The whole page is still served, and loads nothing ahead."""

    def serve(size: int) -> str:
        return page_response(Rendered("<!doctype html><head>" + link * size), "/").get_data(
            as_text=True
        )

    assert growth(lambda size: lambda: serve(size), 500) < 6
    assert "<link rel=prefetch" not in serve(100)
