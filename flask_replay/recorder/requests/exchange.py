"""Turn one request and its response into a batch of sanitized events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from flask import Request as FlaskRequest
from flask import Response
from werkzeug.datastructures import Headers

from ...codec.freeform import MAX_NESTING, PlainArray, PlainObject
from ...engine.recording.core import outline_of
from ...engine.recording.ignored_output import texts_in
from ...fragments.shown_responses import is_aside, is_navigated, is_page, is_text
from ...recording.batch import Batch
from ...recording.events import Request
from ...sanitize.form_fields import password_fields
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.outline import Outline, is_plain_outline
from ..assets import FileReferences, applied_type, is_asset, is_code, is_for_page, kept_asset
from ..assets.library import find_references, path_of, references_of_file
from ..batches import BatchMaker, raised_in
from ..cleaning.addresses import Addresses
from ..cleaning.plain_data import text
from .bodies import Text, content_of, in_utf8, text_of
from .buffer import Budget, Buffer
from .headers import header, request_headers, response_headers
from .request_data import RequestData, clean_json, files_of, parsed
from .response_parts import Parts, find_parts, is_apart, is_data
from .routes import Routes
from .text_answers import clean_text, is_text_answer
from .unparsed_bodies import uploads_to_search

_REQUEST = 5_000
"""Bytes that a request is estimated to hold besides its data and renders: its environment and
headers.
"""

_NO_PARTS = Parts()
_OK, _UNCHANGED = 200, 304

_IN_MEMORY = 500_000
"""Bytes of a posted form that Werkzeug keeps in memory, by default."""

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
"""A number with so many digits that it may take more than 63 bits."""


class Exchange:
    """A request that got a response or failed.

    :param routes: knows the arguments in the paths of the app's pages. Without it, no page URL is
        kept, because it may hold a secret.
    :param context: the secrets of the session and of ``g``.
    :ivar mimetype: the MIME type that a browser takes the response for, ``""`` without one.
    :ivar page: whether the response shows something to the visitor.
    :ivar data: whether the response is a JSON document, or another text for a script.
    :ivar asset: whether the response is a file that a page loads and that may be kept.
    :ivar request_data: the request's sanitized data, if it was read early.
    :ivar learner: the sanitizer that has learnt from it.
    :ivar references: the files that the page refers to, known once the batch is made.
    :ivar body: the body of the response as sent; ``None`` if it is neither a page nor data, or
        could not be read.
    :ivar complete: whether that is the complete body.
    :ivar answered: when the response was made, by ``time.perf_counter()``.
    :ivar counted: the number of bytes counted in the budget for this.
    :ivar released: whether no more bytes are counted, because it was handed over.
    """

    def __init__(
        self,
        buffer: Buffer,
        request: FlaskRequest,
        response: Response | None,
        duration_ms: int,
        routes: Routes | None = None,
        context: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.context = context
        self.uploads = uploads_to_search(request.__dict__.get("files"))
        self.routes = routes
        self.buffer = buffer
        self.request = request
        self.status = 500 if response is None else response.status_code
        # The response itself is not kept: it may be a stream.
        self.headers = Headers() if response is None else response.headers
        self.answered = time.perf_counter()
        self.duration_ms = duration_ms
        self.mimetype = (
            "" if response is None else applied_type(request, response, response.mimetype or "")
        )
        self.page = response is not None and is_page(self.mimetype, self.status, request.method)
        # the browser shows the page that it has, which equals this one (RFC 9110, section 15.4.5)
        cached = self.status == _UNCHANGED and is_page(self.mimetype, _OK, request.method)
        if (cached or is_text(self.mimetype)) and buffer.renders and is_navigated(request.environ):
            self.page = is_page("text/html", _OK if cached else self.status, request.method)
        self.data = response is not None and is_data(self.mimetype)
        self.asset = (
            response is not None and not self.page and is_asset(request, response, self.mimetype)
        )
        if not self.page and not self.asset and is_text_answer(request.environ, self.mimetype):
            self.data = True
        self.request_data: RequestData | None = None
        self.learner: GuardedSanitizer | None = None
        self.references: FileReferences | None = None
        self.body: bytes | None = None
        self.complete = True
        self.limit = 0
        self.size = -1
        self.counted = 0
        self.released = False

    def read_early(self, learner: GuardedSanitizer) -> None:
        """Read the request's data early, so that the sanitizer learns its secrets."""
        self.request_data = self._request_data(learner)
        self.learner = learner

    def _request_data(self, sanitizer: GuardedSanitizer) -> RequestData:
        return RequestData(
            self.request, sanitizer, self.routes, self.headers, self.context, self.uploads
        )

    def keep(self, body: bytes | None, limit: int) -> None:
        """Keep the body of the response, up to a limit.

        :param limit: the most bytes to look at.
        """
        self.limit = limit
        self.body = body if body is None or len(body) <= limit else body[:limit]
        self.complete = body is self.body

    def hold(self, budget: Budget, more: int = 0) -> None:
        """Count what this holds in the budget, until it is handed over.

        :param more: the number of bytes that are kept elsewhere for it.
        """
        copies = 2 if self.request_data is None else 3
        counted = _REQUEST + copies * self._carried() + len(self.body or b"") + more
        with budget.lock:
            if not self.released:  # another thread may have handed it over, and freed its renders
                counted += self.buffer.size
                budget.count(counted - self.counted)
                self.counted = counted

    def _carried(self) -> int:
        """Return the number of bytes of the request's body in memory."""
        read = self.request.__dict__.get("_cached_data")
        if read is not None:
            return len(read)
        if not self.request.environ.get("CONTENT_LENGTH"):
            return 0  # the usual case; Werkzeug would look at all headers
        return min(self.request.content_length or 0, _IN_MEMORY)

    def release(self, budget: Budget) -> None:
        """Remove the counted bytes from the budget."""
        with budget.lock:
            budget.count(-self.counted)
            self.counted = 0
            self.released = True

    def batch(
        self, sanitizer: GuardedSanitizer, raw_html: int, *, files: bool = False
    ) -> tuple[Batch, dict[str, bytes]]:
        """Return the events, and the documents that their frames refer to.

        :param raw_html: the most characters of literal HTML to keep.
        :param files: whether to look for the files that a page refers to, because they are kept.
        """
        buffer = self.buffer
        body = None if self.body is None else text_of(self.body, self.headers, self.limit)
        request = self._request(sanitizer, body, raw_html)
        made = BatchMaker(sanitizer, buffer.offset_ms).make(
            request,
            renders=buffer.renders,
            errors=raised_in(buffer.renders, *buffer.errors),
            end=buffer.offset_ms(buffer.started) + self.duration_ms,
        )
        batch, documents = self._with_own(made.batch, made.documents, sanitizer)
        if files:
            own = documents.get("" if batch.request is None else batch.request.asset)
            self.references = self._references(request.host, body, own)
        return batch, documents

    def _references(self, host: str, body: Text | None, own: bytes | None) -> FileReferences | None:
        """Return the files that the response refers to. A redirect of an image leads to one.

        :param host: the scheme and host of the request.
        :param own: the file that the response is, if it is kept.
        """
        path, root = self.request.path, self.request.script_root
        if self.page and body is not None:
            return find_references(body.data, host, f"{root}{path}", root)
        if own is not None:
            return references_of_file(own, f"{root}{path}", root, self.mimetype)
        moved = 300 <= self.status < 400 and is_for_page(self.request)
        location = header(self.headers, "location") if moved else ""
        target = path_of(location, f"{host}{path}", host) if location else None
        return None if target is None else FileReferences(root, (target,))

    def _with_own(
        self, batch: Batch, documents: dict[str, bytes], sanitizer: GuardedSanitizer
    ) -> tuple[Batch, dict[str, bytes]]:
        """Add the response's own file to a batch, if the response is a complete file for a page."""
        if not self.asset or self.body is None or not self.complete:
            return batch, documents
        first = batch.request
        if first is None:
            return batch, documents
        content = content_of(self.body, self.headers, self.limit)
        if content is None or (self.status == _UNCHANGED and not content):
            return batch, documents
        if is_code(self.mimetype):
            content = in_utf8(content, header(self.headers, "content-type"))
        key, kept = kept_asset(content, self.mimetype, sanitizer.hide)
        first = msgspec.structs.replace(first, asset=key)
        return Batch((first, *batch.events[1:])), {**documents, key: kept}

    def _parts(self, body: Text | None, raw_html: int) -> Parts:
        if not self.page:
            return _NO_PARTS
        renders = self.buffer.renders
        if body is None:  # the body is unknown, so the renders are the best approximation
            return Parts(
                tuple(
                    n for n, render in enumerate(renders) if render.output and render.parent is None
                )
            )
        found = find_parts(body.data, renders, raw_html, body.written)
        return found if self.complete and not body.cut else found._replace(cut=True)

    def _request(self, sanitizer: GuardedSanitizer, body: Text | None, raw_html: int) -> Request:
        """Return the request event, sanitized by names. The secrets learnt here are removed from
        its texts at the end.
        """
        request = self.request
        if self.page and body is not None:
            address = f"{request.script_root}{request.path}"
            if fields := password_fields(body.data, address):
                sanitizer.memory.lasting.remember_fields(fields)
        found = self._parts(body, raw_html)
        aside = is_aside(request.environ, request.path, self.status)
        request_data = self.request_data or self._request_data(sanitizer)
        addresses = request_data.addresses

        def clean_page(address: str) -> str:
            return "" if self.routes is None else addresses.clean(address)

        return Request(
            offset_ms=self.buffer.offset_ms(self.buffer.started),
            method=text(request.method),
            url=request_data.url,
            host=request_data.host,
            ip=request_data.ip,
            endpoint=request.endpoint,
            view_args=request_data.view_args,
            form=request_data.form,
            json=request_data.json,
            files=files_of(request),
            status=self.status,
            duration_ms=self.duration_ms,
            redirect=addresses.clean(header(self.headers, "location")),
            mimetype=self.mimetype,
            size=self.size,
            parts=found.parts,
            request_headers=request_headers(
                request.environ, request_data.host, clean_page, page=self.page and not aside
            ),
            response_headers=response_headers(
                self.headers, request_data.host, clean_page, page=self.page
            ),
            data=self._data(addresses, body),
            literal=found.literal,
            aside=aside,
            flags=(
                *(["parts"] if found.cut else []),
                *(["unseen"] if self.page and body is None else []),
            ),
        )

    def _data(self, addresses: Addresses, body: Text | None) -> Any:
        """Return the JSON document of the response, or its text, sanitized, or ``None``."""
        if body is None or not self.data or body.cut or not self.complete:
            return None
        if not is_data(self.mimetype):
            answer = body.data.decode("utf-8", "replace")
            is_kept = is_apart((answer,), self.buffer.renders)
            return clean_text(answer, addresses) if is_kept else None
        document = parsed(body.data)
        if document is None or not is_apart(texts_in(document), self.buffer.renders):
            return None
        outline = outline_of(document) if addresses.sanitizer.by_names_alone else None
        if outline is not None and is_plain_outline(outline, body.data):
            return (
                document if addresses.sanitizer.watches else _written(document, outline, body.data)
            )
        return clean_json(document, addresses, answer=True)


def _written(document: Any, outline: Outline, body: bytes) -> Any:
    """Return a JSON document, marked as one that can be written without changes, if it can.

    :param body: the body from which it was parsed without an error. So no number in it is infinite,
        and no text is malformed.
    """
    plain = (
        "$" not in outline.names
        and outline.depth <= MAX_NESTING
        and _LONG not in body.translate(_DIGITS)
    )
    if type(document) is dict:
        return PlainObject(document) if plain else document
    return PlainArray(document) if plain and type(document) is list else document
