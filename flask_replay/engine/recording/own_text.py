"""Templates that an app makes from what a visitor sent: a secret in their source is taken out, too.

Of a template with a name, which stands in a file, the text is the app's, and stays as it is.
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
"""Templates of an environment of which it is remembered that nothing is to be taken out of them."""

_MAX_DEPTH = 256


class OwnText(msgspec.Struct, frozen=True):
    """What is kept of a template in place of its document.

    :param key: its content hash.
    :param secrets: what was taken out.
    """

    key: str
    document: bytes
    secrets: frozenset[str]


def own_texts(
    templates: Iterable[RuntimeTemplate], setup: WrittenSetup, memory: Memory
) -> dict[str, OwnText]:
    """Return what is kept of templates that have a secret in their own text, by the content hash of
    each.

    :param setup: of their environment; remembers those that have none, so that each is looked
        through once.
    """
    found: dict[str, OwnText] = {}
    for template in templates:
        key = template.compiled.key
        if template.name or key in setup.harmless or key in found:
            continue
        document = read_template(template.compiled.document)
        secrets = memory.found_in(document.source) - memory.whole.keys()
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
    """Return a trace that says which template was found by the content hash of what is kept of
    it.
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
    """Return the syntax tree without secrets in its texts."""
    if isinstance(data, str):
        return memory.without(data, secrets)
    if isinstance(data, list) and depth < _MAX_DEPTH:
        return [_without(item, secrets, memory, depth + 1) for item in data]
    return data
