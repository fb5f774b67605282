"""The pages of a recording's steps, for all ways of viewing, and whether each equals what the
visitor saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

import msgspec

from ..engine.replaying import Rendered, Renderer
from ..engine.replaying import page as render_page
from ..fragments.rebuild import Rebuilder, Rebuilt
from ..markup import xhtml
from ..markup.policies import NO_POLICIES, policies_of
from ..recording.batch import Batch
from ..recording.device import Device
from ..recording.model import Recording
from ..storage import Recordings
from .file_ages import same_since
from .files import Files, allows, sign
from .framed_page import (
    Document,
    base_of,
    head_of,
    inert,
    inner_page,
    is_whole,
    nothing,
    page_response,
)
from .media import page_as_seen
from .origin_marks import Inspecting, script_source
from .other_pages import image_page, is_image_page, is_text_page, text_page
from .outgoing import Inner, Inside
from .prelude import prelude_of
from .recorded_files import HTML, PAGES, File, KnownFiles, RecordedFiles, kind_of
from .refused import as_received, declared_in, is_frameable
from .script_support import ran_scripts
from .snapshots import chosen, snapshot_page, snapshot_verdict
from .steps import Step, StepKind, Steps, follow_steps
from .value_marks import Marking
from .verdicts import page_verdict, with_files
from .viewport import layout_width
from .visitor_input import as_left, page_before, tree_of, typed_before, way_data, way_to

_NESTED = 2
"""Levels of nested frames that are shown."""

_LOOK_BACK = 200
"""Steps before a fragment in which its page is searched for."""


class How(NamedTuple):
    """The way in which a recording is viewed.

    :ivar dom: show the DOM snapshot of a program's action instead of its screenshot.
    :ivar now: renders with the app's present templates and files; ``None`` for the recorded ones.
    :ivar address: returns the address of a file for the viewer, by its path and the first batch
        from which all files are the same.
    :ivar onward: number of the step to which the visitor goes on from a page; -1 if they are still
        on it.
    :ivar scripts: where the files are that a page with running scripts may load; ``""`` if no
        scripts run.
    :ivar allowed: hosts besides the app's own from which pages load files.
    :ivar marking: a renderer that marks pieces of the output by the reads that produced them.
    :ivar framed: returns the address of the page of an inner frame for the viewer, by the number of
        its step, and its key in a running recording, else ``""``; ``None`` to put such pages into
        the page itself.
    :ivar objects: where the files are that pages embed as objects, if a page is viewed on its own.
    """

    dom: bool = False
    now: Renderer | None = None
    address: Callable[[File, str, int], str] = lambda file, path, since: path
    framed: Callable[[int, str], str] | None = None
    onward: int = -1
    scripts: str = ""
    allowed: Sequence[str] = ()
    objects: str = "'none'"
    marking: Marking | Inspecting | None = None


class Scenes:
    """Shows the steps of recordings.

    :param rebuilder: caches rebuilt pages.
    :param known_files: caches the files of recordings.
    """

    def __init__(
        self,
        recordings: Recordings,
        renderer: Renderer,
        rebuilder: Rebuilder | None = None,
        known_files: KnownFiles | None = None,
    ) -> None:
        self.recordings = recordings
        self.renderer = renderer
        self.rebuilder = Rebuilder() if rebuilder is None else rebuilder
        self.known_files = KnownFiles() if known_files is None else known_files

    def steps(self, recording: Recording) -> Steps:
        """Return the steps of a recording."""
        return follow_steps(recording, self.rebuilder.places(recording))

    def device(self, recording: Recording) -> Device:
        """Return the visitor's device."""
        return self.known_files.of(recording).device

    def page(self, recording: Recording, step: Step, how: How) -> Document:
        """Return the page that the visitor saw after a step."""
        snapshot = chosen(step.batch, dom=how.dom)
        if snapshot is not None:
            return snapshot_page(
                *snapshot,
                self.recordings,
                lambda page, url: self._document(page, url, recording, step.number, how),
            ).loading_from(how.allowed, how.objects)
        request = step.batch.request
        if request is not None and is_image_page(request):
            image = Rendered(image_page(request))
            return self._document(image, request.url, recording, step.number, how)
        if step.shows != StepKind.FRAGMENT and not step.batch.parts:
            return self.piece(recording, step, how)
        rendered, url, head = self._sent(recording, step, how)
        if how.marking is not None:
            rendered = msgspec.structs.replace(
                rendered, html=how.marking.marked(rendered.html, url)
            )
        if head:
            return self._document(rendered, url, recording, step.number, how, head)
        steps = self.steps(recording)
        onward = steps[how.onward] if 0 <= how.onward < len(steps) else None
        leaves = onward is not None and page_before(steps, onward) == step
        leave = (recording, step, onward) if onward is not None and leaves else None
        html = as_left(rendered.html, url, typed_before(recording, step), leave)
        return self._document(
            Rendered(html, problem=rendered.problem), url, recording, step.number, how
        )

    def way(self, recording: Recording, step: Step, how: How) -> dict[str, Any]:
        """Return how the visitor came from the previous page to a step."""
        before = page_before(self.steps(recording), step)
        tree = None
        if before is not None:
            rendered, url, _ = self._sent(recording, before, how)
            tree = tree_of(rendered.html, url)
        return way_data(way_to(recording, before, step, tree), recording, before, step)

    def piece(self, recording: Recording, step: Step, how: How) -> Document:
        """Return only the response of a step, with the styles of the page that received it."""
        if not step.batch.parts:
            return nothing("No page", "The response to this request is not a page.")
        rendered, url, head = self._part(recording, step, how)
        return self._document(rendered, url, recording, step.number, how, head)

    def verdict(self, recording: Recording, step: Step, how: How) -> dict[str, Any]:
        """Return whether the response of a step equals the original, and how the page used it."""
        snapshot = chosen(step.batch, dom=how.dom)
        if snapshot is not None:
            return snapshot_verdict(snapshot[1])
        rebuilt = (
            self._rebuild(recording, step, how) if step.shows == StepKind.FRAGMENT else Rebuilt("")
        )
        html = (
            ""
            if step.shows == StepKind.FRAGMENT
            else render_page(step.batch, how.now or self.renderer).html
        )
        text = is_text_page(step.batch.request)
        whole = text or not html.strip() or is_whole(html, step.batch.request)
        beside = rebuilt.beside and bool(step.batch.parts)
        verdict = page_verdict(step.batch, self.renderer, how.now)
        shown = rebuilt.html or html
        declared = self._declared(recording, step.number, shown)
        files = self._kept(recording, step.number, how, declared)
        if files is not None:
            url = (
                step.place.url
                if step.shows == StepKind.FRAGMENT or step.batch.request is None
                else step.batch.request.url
            )
            lacks = files.lacking(shown, base_of(shown, url))
            hosts = [
                host
                for host in lacks.hosts
                if not any(allows(source, host) for source in how.allowed)
            ]
            verdict = with_files(verdict, lacks.missing, hosts)
        styled = "stylesheet" in shown.lower()
        device = self.device(recording)
        width = layout_width(shown, device) if whole and not text else 0
        page = {"whole": whole, "beside": beside, "styled": styled, "width": width}
        return {**verdict, **page, "note": rebuilt.note}

    def files(
        self, recording: Recording, number: int, how: How, declared: Sequence[str] = ()
    ) -> Files:
        """Return the files of a recording as they were at a step.

        :param declared: the policies of the page or stylesheet that loads them.
        """
        recorded: RecordedFiles = self.known_files.of(recording)
        requests = (batch.request for batch in recording.batches[number:])
        host = next((request.host for request in requests if request is not None), "")

        def address(file: File, path: str) -> str:
            return how.address(file, path, same_since(found, file, path))

        found = Files(
            recorded,
            host,
            number,
            address,
            self.recordings.document,
            how.allowed,
            policies_of(host or "http://own", declared),
        )
        return found

    def _kept(
        self, recording: Recording, number: int, how: How, declared: Sequence[str] = ()
    ) -> Files | None:
        """Return the files as they were at a step; ``None`` to use the present files, or if there
        are none.
        """
        if how.now is not None or not self.known_files.of(recording):
            return None
        return self.files(recording, number, how, declared)

    def _declared(self, recording: Recording, number: int, html: str) -> list[str]:
        """Return the policies of the page that was shown at a step."""
        return declared_in(recording.batches[self._page_of(recording, number)].request, html)

    def _page_of(self, recording: Recording, number: int) -> int:
        """Return the number of the step that loaded the page of a step."""
        page = self.rebuilder.places(recording)[number].page
        return page if page >= 0 else number

    def _document(
        self,
        rendered: Rendered,
        url: str,
        recording: Recording,
        number: int,
        how: How,
        head: str = "",
    ) -> Document:
        declared = self._declared(recording, number, rendered.html)
        files = None if how.now is not None else self.files(recording, number, how, declared)
        device = self.device(recording)
        seen = msgspec.structs.replace(rendered, html=page_as_seen(rendered.html, device))
        head = page_as_seen(head, device)
        inner = self._frames(url, seen.html, recording, number, how)
        if not how.scripts:
            scripted = self._scripted(recording)
            opening = how.marking.opening if isinstance(how.marking, Inspecting) else ""
            page = page_response(seen, url, head, files, inner, opening=opening, scripted=scripted)
            page.own_script = script_source() if opening else ""
            return page.loading_from(how.allowed, how.objects)
        steps = self._page_of(recording, number), number
        recorded = self.known_files.of(recording)
        prelude = prelude_of(recording, steps, recorded, files, self._html, url)
        page = page_response(seen, url, head, files, inner, prelude)
        page.scripts = how.scripts
        page.policies = files.policies if files else NO_POLICIES
        return page

    def _html(self, batch: Batch) -> str:
        return render_page(batch, self.renderer).html

    def _scripted(self, recording: Recording) -> bool:
        """Whether scripts ran in the visitor's browser."""
        recorded = self.known_files.of(recording)
        if recorded.scripted is None:
            recorded.scripted = ran_scripts(recording, self._html)
        return recorded.scripted

    def _frames(
        self, url: str, html: str, recording: Recording, number: int, how: How, depth: int = 0
    ) -> Inner:
        """Return a function that returns the content of inner frames, as the visitor received
        it.

        :param url: path and query of the page that contains them.
        :param html: the page itself.
        """
        base = base_of(html, url)

        def inner(source: str) -> Inside | None:
            files = self.files(recording, number, how)
            root = urljoin(f"{files.origin}/", base)
            target, host = files.url(source, root), files.foreign(source, root)
            if files.host and host:
                return Inside(f'<img src="{sign(host)}" alt="">')
            if target is None:
                return None
            found = self.known_files.of(recording).frame(target, number)
            fragment = urldefrag(source).fragment
            request = recording.batches[found].request if found >= 0 else None
            if request is not None and not is_frameable(request):
                return None
            if found < 0:
                address = "" if how.now is not None else files.framed(target)
            elif found == number and target == files.url(url, f"{files.origin}/"):
                return None  # a page within itself
            elif how.framed is not None:
                key = recording.keys[found] if recording.keys else ()
                address = how.framed(found, ":".join(map(str, key)))
            else:
                shown = depth <= _NESTED
                return Inside(self._inner(recording, found, how, depth + 1)) if shown else None
            return Inside(address=f"{address}#{fragment}" if address and fragment else address)

        return inner

    def inner(
        self, recording: Recording, number: int, how: How, *, shared: bool = True
    ) -> Document:
        """Return the page of a frame within a page, as the visitor received it.

        :param shared: a page without an origin may frame it.
        """
        request = recording.batches[number].request
        if request is None or not request.parts:
            return nothing("No page", "The response to this request is not a page.")
        page = inner_page(self._inner(recording, number, how), shared=shared)
        return page.loading_from(how.allowed, how.objects)

    def _inner(self, recording: Recording, number: int, how: How, depth: int = 0) -> str:
        batch, known = recording.batches[number], self.known_files.of(recording)
        url = "/" if batch.request is None else batch.request.url
        html = _as_received(render_page(batch, how.now or self.renderer), batch).html
        return inert(
            page_as_seen(html, known.device),
            url,
            self._kept(recording, number, how, declared_in(batch.request, html)),
            self._frames(url, html, recording, number, how, depth),
            scripted=self._scripted(recording),
        )

    def static_page(self, recording: Recording, key: str, path: str, since: int, how: How) -> str:
        """Return a page of the app's static files, which a frame shows.

        :param path: the path of the file.
        :param since: the first batch from which all files are the same.
        """
        kind, text = kind_of(path), self.recordings.document(key).decode("utf-8", "replace")
        if kind in PAGES - {HTML}:
            text = xhtml.as_html(text) if kind == xhtml.XHTML else text_page(text)
        text = page_as_seen(text, self.known_files.of(recording).device)
        files = self.files(recording, since, how)
        frames = self._frames(path, text, recording, since, how)
        return inert(text, path, files, frames, scripted=self._scripted(recording))

    def _sent(self, recording: Recording, step: Step, how: How) -> tuple[Rendered, str, str]:
        """Return the page after a step, its address, and the head that a fragment needs."""
        if step.shows == StepKind.FRAGMENT:
            html = self._rebuild(recording, step, how).html
            document = recording.batches[step.place.page].request if step.place.page >= 0 else None
            return Rendered(as_received(html, document)), step.place.url, ""
        return self._part(recording, step, how)

    def _part(self, recording: Recording, step: Step, how: How) -> tuple[Rendered, str, str]:
        """Return the response of a step, its address, and the head that a fragment needs."""
        marking = None if is_text_page(step.batch.request) else how.marking
        rendered = render_page(step.batch, how.now or marking or self.renderer)
        rendered = _as_received(rendered, step.batch)
        whole = is_whole(rendered.html, step.batch.request)
        head = "" if whole else self._head_before(recording, step.number, how)
        return rendered, "/" if step.batch.request is None else step.batch.request.url, head

    def _rebuild(self, recording: Recording, step: Step, how: How) -> Rebuilt:
        """Return the page after a step, with all changes by scripts so far."""
        renderer = how.now or how.marking
        return self.rebuilder.rebuild(
            recording, step.number, renderer or self.renderer, keep=renderer is None
        )

    def _head_before(self, recording: Recording, number: int, how: How) -> str:
        """Return the head of the last whole page before a step."""
        batches = recording.batches[max(0, number - _LOOK_BACK) : number]
        pages = (render_page(batch, how.now or self.renderer).html for batch in reversed(batches))
        return next((head_of(html) for html in pages if is_whole(html)), "")


def _as_received(rendered: Rendered, batch: Batch) -> Rendered:
    """Return a page as the visitor's browser applied it: XHTML as HTML, and with the response's
    headers.
    """
    request, html = batch.request, rendered.html
    if request is None or not html:
        return rendered
    if is_text_page(request):
        return msgspec.structs.replace(rendered, html=text_page(html))
    text = xhtml.as_html(html) if request.mimetype == xhtml.XHTML else html
    return msgspec.structs.replace(rendered, html=as_received(text, request))
