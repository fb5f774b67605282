"""Render the frames of a recording, with the recorded templates or the present ones."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

import msgspec
from jinja2 import Environment, Template, TemplateNotFound

from ...errors import DecodeError, ReplayError
from ...recording.events import Frame
from .. import syntax
from ..compiled import Compiled
from ..documents import Setup, TemplateDocument, parse, read_setup, read_template
from ..instrument import generate
from .answers import Answered, Answers, ByQuestion, InOrder
from .digests import is_identical, is_masked
from .environment import MAX_OUTPUT, STOPPED, Exhausted, ReplayEnvironment, Stopped
from .replayer import Replayer

_KEPT = 256
_ATTEMPTS = 4
"""Attempts to render a frame whose questions do not match its trace. The last one uses no answer.
"""


class Rendered(msgspec.Struct, frozen=True):
    """The result of rendering a frame.

    :param html: the output, as far as it was rendered.
    :param missing: paths that the page reads and the recording does not have.
    :param problem: one line on why the output is incomplete, ``""`` if it is complete.
    """

    html: str
    missing: tuple[str, ...] = ()
    problem: str = ""


class SharedDocuments:
    """The documents that renders share, so that each is read and compiled once.

    :ivar setups: setups by their content hashes.
    :ivar templates: by content hash and setup, and for a present template also by its source, the
        compilation of a template, its name, and whether its output is escaped.
    :ivar names: names of templates by their content hashes.
    """

    def __init__(self) -> None:
        self.setups: OrderedDict[str, Setup] = OrderedDict()
        self.templates: OrderedDict[tuple[str, ...], tuple[Compiled, str, bool]] = OrderedDict()
        self.names: OrderedDict[str, str] = OrderedDict()

    def trim(self) -> None:
        """Forget the oldest entries if there are too many."""
        for kept in (self.setups, self.templates, self.names):
            while len(kept) > _KEPT:
                kept.popitem(last=False)


class Renderer:
    """Renders frames over their traces, without running code of the app.

    :param documents: returns a stored document (template or setup) by its content hash.
    :param now: an environment whose templates replace the recorded ones.
    :param recorded: what is known of the recorded templates, if another renderer has it, too.
    """

    replayer: Callable[..., Replayer] = Replayer
    """Creates the runtime that answers for a frame."""

    def __init__(
        self,
        documents: Callable[[str], bytes],
        now: Environment | None = None,
        recorded: SharedDocuments | None = None,
    ) -> None:
        self.documents = documents
        self.now = now
        self.then = None if now is None else Renderer(documents, recorded=recorded)
        self.shared = SharedDocuments() if recorded is None or now is not None else recorded

    def render(self, frame: Frame) -> Rendered:
        """Render one frame. Never raises, whatever the recording contains."""
        if frame.unrecorded:
            return Rendered("", problem=f"this template was not recorded: {frame.unrecorded}")
        answers = self._answers(frame)
        rendered = self._rendered(frame, answers)
        if (
            not isinstance(answers, InOrder)
            or is_identical(frame, rendered.html)
            or is_masked(frame, rendered.html)
        ):
            return rendered
        return (
            rendered
            if frame.stopped or "truncated" in frame.flags
            else self._in_step(frame, answers, rendered)
        )

    def _in_step(self, frame: Frame, answers: InOrder, rendered: Rendered) -> Rendered:
        """Render a frame without the answers of its trace that no longer match the questions of the
        page.

        One surplus or missing answer shifts all later ones, so one person's name might be shown as
        another's. The page may ask other questions without these answers, so it is checked again.
        """
        doubted: frozenset[str] = frozenset()
        for attempt in range(_ATTEMPTS):
            out = answers.out_of_step()
            if not out:
                break
            doubted |= out if attempt < _ATTEMPTS - 1 else frozenset(frame.trace.answers)
            answers = InOrder(frame.trace, doubted)
            rendered = self._rendered(frame, answers)
        if not doubted:
            return rendered
        words = ", ".join(sorted(doubted))
        problem = f"the answers to {words} do not match the questions of the page, so none is used"
        return msgspec.structs.replace(
            rendered, problem=f"{problem}; {rendered.problem}".removesuffix("; ")
        )

    def _rendered(self, frame: Frame, answers: Answers) -> Rendered:
        pieces: list[str] = []
        absent: dict[str, None] = {}
        problem = ""
        try:
            self._render(frame, answers, pieces, absent)
        except (Exhausted, Stopped) as error:
            problem = str(error)
        except (ReplayError, TemplateNotFound) as error:
            problem = f"{type(error).__name__}: {error}"
        except Exception as error:
            # Recordings are untrusted data: their templates and answers may fail in any way, and
            # the viewer gets one line about it.
            problem = f"{type(error).__name__}: {error}"[:300]
        if frame.stopped and not problem:
            problem = STOPPED
        return Rendered("".join(pieces), tuple(absent), problem)

    def given(self, frame: Frame) -> list[Answered]:
        """Render a frame with its recorded templates, to find the object and the question of each
        answer.
        """
        answers = InOrder(frame.trace)
        with suppress(Exception):  # the result so far is used; see ``render``
            self._render(frame, answers, [], {})
        return answers.given

    def _answers(self, frame: Frame) -> Answers:
        if self.then is None:
            return InOrder(frame.trace)
        return ByQuestion(frame.trace, self.then.given(frame))

    def _render(
        self, frame: Frame, answers: Answers, pieces: list[str], absent: dict[str, None]
    ) -> None:
        setup = self._setup(frame.setup)
        environment = ReplayEnvironment(setup)

        def find(name: str) -> Compiled:
            key = name[1:] if name[:1] == "#" else frame.templates.get(name)
            if key is None and self.now is None:
                raise TemplateNotFound(name.rpartition("\n")[2])
            return self._compile(environment, frame.setup, key, name.rpartition("\n")[2])

        replayer = self.replayer(environment, answers, find, own_undefined=not setup.undefined)
        replayer.absent = absent
        replayer.stopped = frame.stopped and "truncated" not in frame.flags and self.now is None
        template = replayer.bind(
            self._compile(environment, frame.setup, frame.entry, frame.template)
        )
        if frame.block.endswith("()"):
            running = replayer.call_exported(template, frame.block[:-2])
        elif frame.block:
            running = template.blocks[frame.block](template.new_context({}))
        else:
            running = template.root_render_func(template.new_context({}))
        if environment.native:
            values = map(replayer.shown, running)
            running = values if frame.block[-2:] == "()" else iter([replayer.output(running)])
        size = 0
        for found in running:
            # a filter block yields what the filter returns
            piece = found if isinstance(found, str) else str(found)
            size += len(piece)
            if size > MAX_OUTPUT:
                raise Exhausted("the page is larger than a replay allows")
            pieces.append(piece)

    def _setup(self, key: str) -> Setup:
        if not key:
            return Setup()
        setup = self.shared.setups.get(key)
        if setup is None:
            setup = self.shared.setups[key] = read_setup(self.documents(key))
            self.shared.trim()
        return setup

    def _compile(
        self, environment: ReplayEnvironment, setup: str, key: str | None, name: str
    ) -> Compiled:
        present = self._present(key, name)
        known_by = (key or name, setup, *(present or ()))
        known = self.shared.templates.get(known_by)
        if known is not None:
            environment.escaping[known[1]] = known[2]
            return known[0]
        document = self._document(key, name, present)
        environment.escaping[document.name] = document.autoescape
        compiled = self._compiled(environment, document, key or "")
        self.shared.templates[known_by] = compiled, document.name, document.autoescape
        self.shared.trim()
        return compiled

    def _present(self, key: str | None, name: str) -> tuple[str, str, str] | None:
        """Return the name, the file and the source of a template as it is now, or ``None`` if the
        recorded one is rendered. It may change at any time, so it is read for each render.
        """
        if self.now is None:
            return None
        if key is not None:
            name = self._name_of(key)
        if not name:  # it was made from a text
            return None
        if self.now.loader is None:
            raise TemplateNotFound(name)
        source, filename, _ = self.now.loader.get_source(self.now, name)
        return name, filename or "", source

    def _name_of(self, key: str) -> str:
        name = self.shared.names.get(key)
        if name is None:
            name = self.shared.names[key] = read_template(self.documents(key)).name
            self.shared.trim()
        return name

    def _document(
        self, key: str | None, name: str, present: tuple[str, str, str] | None
    ) -> TemplateDocument:
        if present is not None and self.now is not None:
            name, filename, source = present
            return parse(self.now, name, filename or None, source, self.now)
        if key is None:
            raise TemplateNotFound(name)
        return read_template(self.documents(key))

    def _compiled(
        self, environment: ReplayEnvironment, document: TemplateDocument, key: str
    ) -> Compiled:
        tree = syntax.read(document.tree)
        try:
            code = generate(
                environment,
                tree,
                document.name or None,
                None,
                asks_again=environment.asks_again,
                formats_in_turn=environment.formats_in_turn,
                rewrite=self._rewrite(environment, document, key),
            )
        except (SyntaxError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise DecodeError(
                f"the recorded template {document.name!r} cannot be compiled: {error}"
            ) from error
        return Compiled(Template.from_code(environment, code, {}), key, b"")

    def _rewrite(
        self, environment: ReplayEnvironment, document: TemplateDocument, key: str
    ) -> Callable[[ast.Module], object] | None:
        """Return a function that changes the code of a template before it is compiled; see
        ``generate``.
        """
        return None
