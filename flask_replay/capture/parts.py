"""What the text of a response is made of: the outputs of renders, and literal HTML around them."""

from __future__ import annotations

from collections.abc import Sequence

from ..sanitize import html as sanitize_html
from .rendering import Render


def is_data(mimetype: str) -> bool:
    """Tell whether a response is a JSON document."""
    return mimetype == "application/json" or (mimetype.startswith("application/") and mimetype.endswith("+json"))


def find_parts(body: bytes, renders: Sequence[Render], limit: int) -> tuple[tuple[int | str, ...], bool]:
    """Find the outputs of renders in a body, in its order.

    Longer outputs are placed first: a render that ran within another is a part of that one.

    :param body: of the response; its text is UTF-8.
    :param renders: of the request, in the order of their beginning; a part is a number in it.
    :param limit: characters of literal text that are kept.
    :returns: the parts, and whether literal text was cut.
    """
    outputs = sorted(
        ((number, render.sent) for number, render in enumerate(renders) if render.output),
        key=lambda pair: -len(pair[1]),
    )
    placed: list[tuple[int, int, int]] = []
    for number, output in outputs:
        start = _free_place(body, output, placed)
        if start >= 0:
            placed.append((start, start + len(output), number))
    return _assemble(body, sorted(placed), limit)


def _free_place(body: bytes, output: bytes, placed: Sequence[tuple[int, int, int]]) -> int:
    """Find where an output stands and no other was placed; -1 for nowhere."""
    start = 0 if body.startswith(output) else body.find(output)  # to look for so long a text prepares much
    while start >= 0:
        taken = [end for begin, end, _ in placed if start < end and begin < start + len(output)]
        if not taken:
            return start
        start = body.find(output, max(taken))
    return -1


def _assemble(body: bytes, found: Sequence[tuple[int, int, int]], limit: int) -> tuple[tuple[int | str, ...], bool]:
    parts: list[int | str] = []
    position = 0
    cut = False
    for start, end, number in [*found, (len(body), len(body), -1)]:
        if position < start:
            literal = body[position:start].decode("utf-8", "replace")
            cut = cut or len(literal) > limit
            parts.append(sanitize_html.mask(literal)[:limit])
            limit = max(0, limit - len(literal))
        if number >= 0:
            parts.append(number)
        position = end
    return tuple(part for part in parts if part != ""), cut
