"""A visit in a real browser: the visitor's page after each action, and what the player makes of it."""

from __future__ import annotations

import difflib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from flask import Blueprint, Flask
from playwright.sync_api import Page

from flask_replay import Replay
from flask_replay.player.steps import follow_steps
from flask_replay.recording.model import Recording

from ..conftest import replay_of

MODULES = Path(__file__).parents[2] / "node_modules"

_TREE = """async ([attributes, classes, elements, addresses]) => {
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    // comments aside: some versions of Chromium drop them in parseHTMLUnsafe, with which htmx parses
    if (node.nodeType !== Node.ELEMENT_NODE) return null;
    if (elements.some((selector) => node.matches(selector))) return null;
    // what the player adds: browsers show controls of players where no script runs
    if (node.localName === 'style' && node.textContent.startsWith(':is(video,audio)')) return null;
    const own = {};
    for (const {name, value} of node.attributes) {
      if (attributes.some((pattern) => new RegExp(`^(${pattern})$`).test(`${node.localName} ${name}`))) continue;
      if (name !== 'class') { own[name] = value; continue; }
      const kept = [...node.classList].filter((word) => !classes.includes(word));
      if (kept.length) own.class = kept.join(' ');
    }
    // what the visitor searched for stands in the field with the answer, which no attribute of theirs tells
    if (node.localName === 'input' && node.type === 'search') delete own.value;
    const inner = [];
    for (const child of (node.localName === 'template' ? node.content : node).childNodes) {
      const made = walk(child);
      if (made === null || made === '') continue;
      if (typeof made === 'string' && typeof inner.at(-1) === 'string') inner.push(inner.pop() + made);
      else inner.push(made);
    }
    // a document that is written and parsed has its blanks elsewhere around head and body
    const around = ['html', 'head', 'body'].includes(node.localName);
    const kept = around ? inner.filter((child) => typeof child !== 'string' || child.trim()) : inner;
    return [node.localName, own, ...kept.map((child) => (around && typeof child === 'string' ? child.trim() : child))];
  };
  const parse = async (address) => new DOMParser().parseFromString(await (await fetch(address)).text(), 'text/html');
  const roots = addresses ? [] : [document];
  for (const address of addresses ?? []) roots.push(await parse(address));
  return roots.map((root) => walk(root.documentElement));
}"""
"""Returns the tree of a page at an address, as a browser without scripts parses it, or that of the
page in the tab.
"""


class Library(NamedTuple):
    """A library that swaps fragments.

    :param attributes: ``element attribute`` patterns of what it writes into the page for itself.
    :param classes: those that it sets for itself, while it works and after.
    :param elements: selectors of those that it adds for itself.
    :param idle: a JavaScript expression that is true when it has done its work.
    """

    attributes: Sequence[str] = ()
    classes: Sequence[str] = ()
    elements: Sequence[str] = ()
    idle: str = "true"


def make_app(folder: Path, **settings: Any) -> Flask:
    """Return a recorded app that serves the libraries."""
    app = Flask("fragments", instance_path=str(folder / "instance"), static_folder=None)
    app.config.update(
        {
            "SECRET_KEY": "test",
            "REPLAY_STORAGE": str(folder / "replay"),
            "REPLAY_ASSETS": False,
            **settings,
        }
    )
    app.debug = True
    app.register_blueprint(
        Blueprint("lib", __name__, static_folder=MODULES, static_url_path="/lib")
    )
    Replay(app)
    return app


def recording_of(app: Flask, known: Recording | None = None) -> Recording:
    """Flush, and return the one running recording.

    :param known: the recording as it was returned before.
    """
    with app.app_context():
        replay = replay_of(app)
        replay.flush()
        id = replay.recordings.storage.active()[0].id if known is None else known.summary.id
        return replay.recordings.get_active(id, known)


class Visit:
    """One tab of a visitor.

    :param address: of the app.
    """

    def __init__(self, app: Flask, address: str, tab: Page, library: Library) -> None:
        self.app = app
        self.address = address
        self.tab = tab
        self.library = library
        self.seen: list[tuple[str, int, Any]] = []
        self.recording: Recording | None = None

    def open(self, path: str, until: Literal["load", "networkidle"] = "networkidle") -> None:
        """Load a page.

        :param until: the network of a page that fetches a stream is never idle.
        """
        self.tab.goto(self.address + path)
        self.tab.wait_for_load_state(until)
        self._look(f"open {path}")

    def do(self, name: str, action: Callable[[Page], object] | str, requests: int = 1) -> None:
        """Do something, wait until the page is quiet, and keep the page.

        :param action: a selector is clicked.
        :param requests: the number of responses to wait for.
        """
        before = self._count()
        self.tab.click(action) if isinstance(action, str) else action(self.tab)
        for _ in range(500):
            if self._count() >= before + requests:
                break
            self.tab.wait_for_timeout(20)
        else:
            raise AssertionError(f"{name}: nothing was asked for")
        self._look(name)

    def _count(self) -> int:
        """Return how many batches are recorded."""
        self.recording = recording_of(self.app, self.recording)
        return len(self.recording.batches)

    def _look(self, name: str) -> None:
        self.tab.wait_for_function(f"() => {self.library.idle}")
        self.tab.wait_for_timeout(50)
        self.tab.wait_for_function(f"() => {self.library.idle}")
        self.seen.append((name, self._count() - 1, *self._trees(self.tab)))

    def _trees(self, tab: Page, addresses: list[str] | None = None) -> list[Any]:
        names = [*self.library.attributes, "base (href|target)"]
        ignored = [names, list(self.library.classes), [*self.library.elements, "base"], addresses]
        trees: list[Any] = tab.evaluate(_TREE, ignored)
        return trees

    def compare(self, viewer: Page) -> None:
        """Compare each page with the player's, forwards and in any order."""
        recording = recording_of(self.app)
        id, shown = (
            recording.summary.id,
            [step.number for step in follow_steps(recording) if step.shows],
        )
        with self.app.app_context():
            replay_of(self.app).finalize()
        anyhow = random.Random(4).sample(self.seen, len(self.seen))
        wanted = [*self.seen, *anyhow]
        wanted = [
            (name, max(step for step in shown if step <= number), tree)
            for name, number, tree in wanted
        ]
        viewer.goto(f"{self.address}/replay/")
        addresses = [f"{self.address}/replay/{id}/page/{number}?as=then" for _, number, _ in wanted]
        differences: dict[str, str] = {}
        for (name, number, tree), rebuilt in zip(
            wanted, self._trees(viewer, addresses), strict=True
        ):
            if rebuilt != tree:
                lines = difflib.unified_diff(
                    _lines(tree), _lines(rebuilt), "visitor", "player", n=2, lineterm=""
                )
                differences.setdefault(f"step {number}: {name}", "\n".join(lines))
        assert not differences, "\n\n".join(
            f"{name}\n{found}" for name, found in differences.items()
        )


def _lines(tree: Any) -> list[str]:
    """Return a tree as text in which differences are easy to find."""
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
