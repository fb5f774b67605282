"""Templates that an app makes from a visitor's data: secrets in their source are masked, too.

A template with a name comes from a file of the app, so its text stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ...codec import digest_key
from ...sanitize.memory import Memory
from ...trace.model import Trace
from .. import operations as op
from ..documents import read_template
from ..objects import RuntimeTemplate
from .setups import WrittenSetup

_MOST = 1_024
"""Templates per environment that are remembered as containing no secret."""

_MAX_DEPTH = 256


class OwnText(msgspec.Struct, frozen=True):
    """What is stored instead of a template's document.

    :param key: its content hash.
    :param secrets: the secrets that were masked.
    """

    key: str
    document: bytes
    secrets: frozenset[str]


def own_texts(
    templates: Iterable[RuntimeTemplate], setup: WrittenSetup, memory: Memory
) -> dict[str, OwnText]:
    """Return what is stored instead of templates that contain a secret, by the content hash of
    each.

    :param setup: the setup of their environment, which remembers templates without secrets, so that
        each is searched once.
    """
    found: dict[str, OwnText] = {}
    for template in templates:
        key = template.compiled.key
        if template.name or key in setup.harmless or key in found:
            continue
        document = read_template(template.compiled.document)
        secrets = memory.found_in(document.source) - memory.whole_values.keys()
        if secrets:
            tree = _without(document.tree, secrets, memory, 0)
            source = memory.without(document.source, secrets)
            kept = msgspec.msgpack.encode(
                msgspec.structs.replace(document, source=source, tree=tree)
            )
            found[key] = OwnText(digest_key(kept), kept, secrets)
        else:
            setup.harmless[key] = None
            if len(setup.harmless) > _MOST:
                del setup.harmless[next(iter(setup.harmless))]
    return found


def renamed(trace: Trace, keys: Mapping[str, str]) -> Trace:
    """Return a trace in which the content hashes of templates are replaced by those of their masked
    versions.
    """
    found = trace.answers.get(op.TEMPLATE)
    if found is None:
        return trace
    answers = {
        **trace.answers,
        op.TEMPLATE: [keys.get(key, key) if type(key) is str else key for key in found],
    }
    return msgspec.structs.replace(trace, answers=answers)


def _without(data: Any, secrets: frozenset[str], memory: Memory, depth: int) -> Any:
    """Return a syntax tree with the secrets in its texts masked."""
    if isinstance(data, str):
        return memory.without(data, secrets)
    if isinstance(data, list) and depth < _MAX_DEPTH:
        return [_without(item, secrets, memory, depth + 1) for item in data]
    return data
