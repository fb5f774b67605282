"""Native environments, whose templates return Python values: how the pieces that a template yields
are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Any

from jinja2 import Environment
from jinja2.nativetypes import NativeCodeGenerator, native_concat

NATIVE, OWN = "native", "own"
"""Ways to put pieces together, other than Jinja's usual one; see :func:`concat_of`."""


def is_native(environment: Environment) -> bool:
    """Whether templates of an environment yield values in the place of texts."""
    return issubclass(environment.code_generator_class, NativeCodeGenerator)


def concat_of(environment: Environment) -> str:
    """Return how an environment puts pieces together: ``""`` as texts, natively, or in a way of the
    app's own.
    """
    if environment.concat is Environment.concat:
        return ""
    return NATIVE if environment.concat is native_concat else OWN


def gathered(pieces: Iterable[Any], text_of: Callable[[Any], str]) -> list[Any]:
    """Return the pieces as ``native_concat`` takes them: nothing, one value, or the text of all.

    It asks for texts once there are two pieces, and for that of each later one before it takes the
    next.

    :param text_of: gives the text of one.
    """
    remaining = iter(pieces)
    head = list(islice(remaining, 2))
    if len(head) < 2:
        return head
    return ["".join([text_of(piece) for piece in chain(head, remaining)])]
