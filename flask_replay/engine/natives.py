"""Native environments, whose templates return Python values: how the pieces of a template are
joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Any

from jinja2 import Environment
from jinja2.nativetypes import NativeCodeGenerator, native_concat

NATIVE, OWN = "native", "own"
"""Ways to join pieces, other than Jinja's default; see :func:`concat_of`."""


def is_native(environment: Environment) -> bool:
    """Whether templates of an environment yield values instead of texts."""
    return issubclass(environment.code_generator_class, NativeCodeGenerator)


def concat_of(environment: Environment) -> str:
    """Return how an environment joins pieces: ``""`` as texts, natively, or by a function of the
    app.
    """
    if environment.concat is Environment.concat:
        return ""
    return NATIVE if environment.concat is native_concat else OWN


def gathered(pieces: Iterable[Any], text_of: Callable[[Any], str]) -> list[Any]:
    """Return the pieces in the form that ``native_concat`` takes: none, one value, or the text of
    all.

    It converts pieces to text once there are two, and each later piece before it takes the next
    one.

    :param text_of: returns the text of one piece.
    """
    remaining = iter(pieces)
    head = list(islice(remaining, 2))
    if len(head) < 2:
        return head
    return ["".join([text_of(piece) for piece in chain(head, remaining)])]
