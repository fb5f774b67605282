"""Assemble a response's page from its frames and literal text."""

from __future__ import annotations

from ...recording.batch import Batch
from .renderer import Rendered, Renderer


def page(batch: Batch, renderer: Renderer) -> Rendered:
    """Render the page of a response, or the output of a batch without a request.

    :param batch: the events of the request.
    :returns: an empty result with a ``problem`` if the response was no page.
    """
    if not batch.parts:
        return Rendered("", problem="the response was no page")
    frames = batch.frames
    html: list[str] = []
    missing: dict[str, None] = {}
    problems: dict[str, None] = {}
    known: dict[int, Rendered] = {}
    for part in batch.parts:
        if isinstance(part, str):
            html.append(part)
        elif 0 <= part < len(frames):
            rendered = known[part] = known.get(part) or renderer.render(frames[part])
            html.append(rendered.html)
            missing.update(dict.fromkeys(rendered.missing))
            if rendered.problem:
                problems[rendered.problem] = None
        else:
            problems[f"the page names a frame {part} that the recording does not have"] = None
    return Rendered("".join(html), tuple(missing), "; ".join(problems))
