"""Filters that read attributes of Jinja's own objects: a loop, a cycler, a module, a macro,
``self``.
"""

from __future__ import annotations

import pytest

from flask_replay.engine.loops import RuntimeLoop
from flask_replay.engine.recording.iteration import RecordedIteration
from tests.fuzzing.compare import Comparison
from tests.fuzzing.environments import KINDS

from .harness import Replaying

ITERABLES = (
    "people",
    "stream()",
    "[[1, ann], [2, bob]]",
    "['a', 'b']",
    "people|map(attribute='friends')",
    "people if p is defined",
    "people if p",
    "[[1, ann], [2, bob]] if p",
)

OF_LOOPS = (
    "[loop]|map(attribute='nextitem')|list", "[loop]|join(attribute='nextitem')",
    "[loop]|map(attribute='nextitem')|first", "([loop]|map(attribute='nextitem')|list)[0]",
    "[loop]|map(attribute='nextitem.name', default=word)|list", "[loop]|map('attr', 'nextitem')|first",
    "[[loop]]|map('first')|map(attribute='nextitem')|list", "([loop]|groupby('nextitem.age', default=1)|first).grouper",
    "[loop]|map(attribute='length')|first", "[loop]|map(attribute='revindex')|join", "([loop]|max(attribute='length')).index",
    "([loop]|map(attribute='cycle')|first)('a', ann)", "([loop]|sort(attribute='index')|first).nextitem is defined",
    "[loop]|selectattr('last')|list|length", "[loop]|string|length > 0", "loop|string", "(loop ~ p)|length > 0", "loop|attr('nextitem')",
    "(namespace(kept=loop)|attr('kept')).index", "[loop]|map(attribute='missing', default=ann)|map(attribute='name')|list",
)  # fmt: skip
BEHIND_A_LOOP = "loop.length ~ loop.revindex ~ (loop.nextitem or ann).name"

OF_OTHERS = {
    "turns": ("current", "items", "pos", "missing"),
    "library": ("lead", "label", "own", "field", "lead.name", "missing", "__name__"),
    "kept": ("a", "text", "a.name"),
    "m": ("name", "arguments", "_func"),
    "self": ("part", "missing", "_TemplateReference__context"),
}
READS = (
    "[{0}]|map(attribute='{1}')|list|length", "(([{0}]|map(attribute='{1}')|first)|default(ann)).name", "[{0}]|join(attribute='{1}')|length > 0",
    "([{0}]|map('attr', '{1}')|list)[0] is defined", "(({0}|attr('{1}'))|default(ann)).name", "[{0}]|selectattr('{1}')|list|length",
    "([{0}]|groupby('{1}', default=1)|first)[0] is none", "([{0}]|map(attribute='{1}')|list|first)|string|length > 0",
)  # fmt: skip
BEHIND_OTHERS = "ann.name ~ turns.next() ~ turns.current ~ library.own[0].name ~ library.field(1) ~ m(2) ~ self.part()"


def _difference(kind: str, page: str, replaying: Replaying) -> str:
    """Return the differences of a page that reads the names in ``OF_OTHERS``."""
    sources = {
        "page.html": (
            "{% set turns = cycler(ann, word) %}{% set kept = namespace(a=ann, text=word, own=[1]) %}"
            "{% import 'library.html' as library with context %}{% macro m(x) %}<{{ x }}>{% endmacro %}"
            "{% block part %}[{{ word }}]{% endblock %}"
        )
        + page,
        "library.html": (
            "{% set lead = ann %}{% set label = word %}{% set own = [ann, [word]] %}"
            "{% macro field(x) %}({{ x }}{{ ann.name }}){% endmacro %}"
        ),
    }
    (begin, end), (show, shown) = KINDS[kind].block, KINDS[kind].variable
    for usual, own in (("{%", begin), ("%}", end), ("{{", show), ("}}", shown)):
        sources = {name: source.replace(usual, own) for name, source in sources.items()}
    return Comparison(replaying).compare(kind, sources)


@pytest.mark.parametrize("iterable", ITERABLES)
@pytest.mark.parametrize("kind", ["plain", "async", "debug"])
def test_filters_that_read_attributes_of_a_loop(
    kind: str, iterable: str, replaying: Replaying
) -> None:
    """What they read of the app's objects is recorded, and the loop continues as before."""
    page = "".join(
        f"{{% for p in {iterable} %}}{{{{ {read} }}}}{{{{ {BEHIND_A_LOOP} }}}}{{% endfor %}}"
        for read in OF_LOOPS
    )
    assert _difference(kind, page, replaying) == ""


def test_a_filter_awaits_nothing_that_it_reads_of_an_asynchronous_loop(
    replaying: Replaying,
) -> None:
    """So the condition of the next item is evaluated later than in other environments."""
    page = "".join(
        f"{{% for p in people if p %}}{{{{ {read} }}}}{{{{ 'x' if people[0] }}}}{{% endfor %}}"
        for read in OF_LOOPS
    )
    assert _difference("async", page, replaying) == ""


OTHERS = ("async", "sandboxed", "native", "finalize")


@pytest.mark.parametrize("name", OF_OTHERS)
@pytest.mark.parametrize("kind", ["plain", *OTHERS])
def test_filters_that_read_attributes_of_other_objects(
    kind: str, name: str, replaying: Replaying
) -> None:
    """In environments of several kinds. The plain one tries all attributes; the others take turns,
    so that two of them try each.
    """
    tried = OF_OTHERS[name] if kind == "plain" else OF_OTHERS[name][OTHERS.index(kind) % 2 :: 2]
    for attribute in tried:
        page = "".join(
            f"{{{{ {read.format(name, attribute)} }}}}{{{{ {BEHIND_OTHERS} }}}}" for read in READS
        )
        assert _difference(kind, page, replaying) == "", attribute


def test_an_asynchronous_filter_whose_text_contains_an_address(replaying: Replaying) -> None:
    """Addresses differ between processes, so such a text is recorded."""
    page = (
        "{{ [self]|join(attribute='part')|length }}{{ people|join }}{{ [greet]|join|length > 3 }}"
    )
    assert _difference("async", page, replaying) == ""


def test_an_asynchronous_filter_that_returns_a_text_lends_nothing(replaying: Replaying) -> None:
    """Containers of the template still count as its own, as in other environments."""
    page = "{% set made = [ann, [1]] %}{{ made|join('-') }}{{ made[1][0] }}{{ made|list|length }}{{ made[1][0] }}"
    assert _difference("async", page, replaying) == ""


def test_a_loop_advanced_by_a_filter_runs_at_the_right_time(replaying: Replaying) -> None:
    """Its condition is evaluated once, when the filter needs the next item."""
    page = (
        "{% for one in [ann, bob, ann] if one %}{{ [loop]|join(attribute='nextitem') }}{{ one or word }}{% endfor %}"
        "{% for one in stream() if one %}{{ [loop]|join(attribute='length') }}{{ one or word }}{% endfor %}"
    )
    assert _difference("plain", page, replaying) == ""


def test_a_missing_attribute_is_undefined_as_the_app_defines_it(replaying: Replaying) -> None:
    """Filters create undefined values, too."""
    page = (
        "{{ [1, 2]|join(attribute='x') }}{{ [joiner()]|join(attribute='x') }}{{ ['a']|join('-') }}"
        "{{ [1]|map(attribute='x')|list }}{{ [[1]]|map('first')|list }}{{ [1]|sum(attribute='real') }}"
    )
    assert _difference("debug", page, replaying) == ""


@pytest.mark.parametrize("block", ["self.part", "([self]|map(attribute='part')|first)"])
def test_a_block_called_with_arguments_fails_as_without_a_recorder(
    block: str, replaying: Replaying
) -> None:
    """However the page got it."""
    assert _difference("plain", f"{{{{ {block}(ann) }}}}", replaying) == ""


def test_a_long_loop_is_checked_for_its_end_without_more_memory(
    replaying: Replaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the last items are kept, for a later filter."""
    lengths: list[int] = []
    advancing = RecordedIteration.advancing

    def counted(tracer: RecordedIteration, loop: RuntimeLoop, *, measured: bool) -> None:
        advancing(tracer, loop, measured=measured)
        lengths.append(len(tracer.advanced))

    monkeypatch.setattr(RecordedIteration, "advancing", counted)
    page = (
        "{% for one in range(3000) if one >= 0 %}{{ '' if loop.last }}{% endfor %}"
        "{% for one in [ann, bob] if one %}{{ [loop]|join(attribute='nextitem') }}{% endfor %}"
    )
    assert _difference("plain", page, replaying) == ""
    assert len(lengths) > 3_000 > 2 * max(lengths)
