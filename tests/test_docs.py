"""README and docs are correct: their Python runs, their commands exist, their links lead somewhere,
and all settings are named.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

import flask_replay
from flask_replay.cli import replay_cli
from flask_replay.settings import PREFIX, SETTING_FORMS, parse

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "generated")
TEXTS = {path: path.read_text() for path in PAGES}
CODE = ("flask_replay", "tests", "static", "templates", "benchmarks", "docs", "example", "peers")
SUFFIXES = {".py", ".js", ".html", ".toml"}
ELSEWHERE = {"app.py"}
"""A file that only the reader has."""
SETTINGS = TEXTS[ROOT / "docs/reference/settings.md"]


class Block(NamedTuple):
    """A piece of code on a page."""

    place: str
    language: str
    code: str


def blocks() -> Iterator[Block]:
    for path, text in TEXTS.items():
        for found in re.finditer(r"^( *)```(\w+)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE):
            indent, language, code = found.groups()
            line = text.count("\n", 0, found.start()) + 1
            yield Block(
                f"{path.relative_to(ROOT)}:{line}",
                language,
                re.sub(f"^{indent}", "", code, flags=re.MULTILINE),
            )


BLOCKS = list(blocks())
PROGRAMS = [block for block in BLOCKS if block.language == "python" and "= Flask(" in block.code]
PARTS = [block for block in BLOCKS if block.language == "python" and "= Flask(" not in block.code]
COMMANDS = [
    (block.place, line.removeprefix("$ "))
    for block in BLOCKS
    if block.language == "console"
    for line in block.code.splitlines()
    if line.startswith("$ ")
]


@pytest.mark.parametrize("block", PROGRAMS, ids=[block.place for block in PROGRAMS])
def test_a_program_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example with an app is independent."""
    monkeypatch.chdir(tmp_path)
    exec(compile(block.code, block.place, "exec"), {"__name__": "example"})


def test_fragments_of_programs_compile_and_their_imports_exist() -> None:
    """They presuppose an app. ``tests/player/test_recipes.py`` runs those about permissions."""
    assert PARTS
    for block in PARTS:
        tree = ast.parse(block.code, block.place)
        imports: list[ast.stmt] = [
            node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        ours = [
            node
            for node in imports
            if not (isinstance(node, ast.ImportFrom) and node.module == "my_package")
        ]
        names: dict[str, object] = {}
        exec(compile(ast.Module(ours, []), block.place, "exec"), names)


def test_the_documented_store_passes_the_contract() -> None:
    """``tests/storage`` runs the contract on the very text of the example."""
    shown = [block.code for block in PARTS if block.place.startswith("docs/storage.md")]
    assert (ROOT / "tests/storage/memory.py").read_text() in shown


def test_the_reference_is_generated_from_the_code() -> None:
    """Each command with its options, each path of the HTTP API, each table, and each file in a
    folder.
    """
    specification = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert specification is not None and specification.loader is not None
    generate = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generate)
    commands = "\n".join(generate.commands(replay_cli, "flask replay"))
    for heading in ("list", "record start", "token make"):
        assert f"## flask replay {heading}\n" in commands
    assert "| `--dry-run` | " in commands
    api = "\n".join(generate.http_api())
    assert "## POST /recordings/{id}/fail\n" in api
    names = set(re.findall(r"^\((\w+)\)=$", api, re.MULTILINE))
    assert set(re.findall(r"\]\(#(\w+)\)", api)) <= names
    assert ".Found\n" in "\n".join(generate.returned()) or "Found" in flask_replay.__all__
    assert "### replay_entries\n" in "\n".join(generate.tables())
    assert "archive/<id>.replay " in "\n".join(generate.folder())


def test_data_is_well_formed() -> None:
    """JSON and TOML are parsed. YAML, for which the project has no parser, contains no tabs."""
    for block in BLOCKS:
        if block.language == "json":
            json.loads(block.code)
        if block.language == "toml":
            tomllib.loads(block.code)
        if block.language == "yaml":
            assert "\t" not in block.code, block.place


def test_every_command_is_valid() -> None:
    """The shell parses each line, ``flask replay`` accepts each command with its options, and
    ``./dev`` and pip accept theirs.
    """
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    tool = (ROOT / "tools" / "commands.py").read_text()
    lines = [(place, command) for place, command in COMMANDS if command]
    assert len(lines) > 40
    script = "\n".join(
        f"f{number}() {{\n{command}\n}}" for number, (_, command) in enumerate(lines)
    )
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    for place, command in lines:
        words = shlex.split(command.partition(" > ")[0], comments=True)
        if words[0] == "flask" and "replay" in words:
            understood(words[words.index("replay") + 1 :], place)
        if words[0] == "./dev" and len(words) > 1:
            assert f'"{words[1]}"' in tool, place
        for name in re.findall(r"Flask-Replay\[(\w+)\]", command):
            assert name in extras, place
    # a source distribution has none
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        for name in re.findall(r"run: \./dev (\w+)", workflow.read_text()):
            assert f'"{name}"' in tool, workflow


def understood(words: list[str], place: str) -> None:
    """Parse a command as click does, and run nothing."""
    group: click.Group = replay_cli
    while (
        isinstance(command := group.commands.get(words[0]), click.Group)
        and words[1:2]
        and words[1] in command.commands
    ):
        group, words = command, words[1:]
    assert command is not None, f"{place}: there is no command {words[0]}"
    try:
        command.make_context(words[0], words[1:])
    except click.UsageError as error:
        pytest.fail(f"{place}: {error.message}")


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower()).strip().replace(" ", "-")


def test_every_link_leads_to_a_page_and_a_heading() -> None:
    """Between pages and within them."""
    outside = re.compile(r"```.*?```", re.DOTALL)
    anchors = {
        path: {
            slug(heading)
            for heading in re.findall(r"^#+ (.+)$", outside.sub("", text), re.MULTILINE)
        }
        for path, text in TEXTS.items()
    }
    wrong = []
    for path, text in TEXTS.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", outside.sub("", text)):
            if re.match(r"\w+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            if not target.exists() or (anchor and anchor not in anchors.get(target, {anchor})):
                wrong.append(f"{path.relative_to(ROOT)}: {link}")
    assert wrong == []


def test_files_named_by_pages_exist() -> None:
    """By their paths, or by their names alone."""
    files = {
        f"/{path.relative_to(ROOT)}"
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES
    }
    wrong = []
    for path, text in TEXTS.items():
        for name in re.findall(r"`([\w./-]+\.(?:py|js|html|toml))`", text):
            known = (ROOT / name).exists() or any(file.endswith(f"/{name}") for file in files)
            if not known and path.name != "CHANGELOG.md" and name not in ELSEWHERE:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def test_code_named_by_pages_exists() -> None:
    """A method of a class (`Visits.resolve`), and a name of a module's own (`_RUNNING`)."""
    members: dict[str, set[str]] = {}
    names = set()
    for tree in (ast.parse(path.read_text()) for path in (ROOT / "flask_replay").rglob("*.py")):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                inside = {name for child in node.body for name in defined(child)}
                bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                members.setdefault(node.name, set()).update(inside, bases)
            names |= defined(node)
    wrong = []
    for path, text in TEXTS.items():
        for owner, name in re.findall(r"`([A-Z][a-z]\w*)\.([a-z_]\w*)(?:\(\))?`", text):
            if owner in members and not has(members, owner, name):
                wrong.append(f"{path.relative_to(ROOT)}: {owner}.{name}")
        for name in re.findall(r"`(_\w+)(?:\(\))?`", text):
            if name not in names:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def defined(node: ast.AST) -> set[str]:
    """Return the names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def has(members: dict[str, set[str]], owner: str, name: str) -> bool:
    """Whether a class or one of its bases defines a name."""
    own = members.get(owner, set())
    return name in own or any(has(members, base, name) for base in own - {owner})


def test_the_glossary_defines_each_term_once() -> None:
    """In one meaning."""
    terms = re.findall(r"^- \*\*(.+?)\*\*: ", TEXTS[ROOT / "docs/glossary.md"], re.MULTILINE)
    assert len(terms) == len(set(terms)) > 50


def test_every_page_is_in_the_table_of_contents() -> None:
    """Otherwise nobody would find it."""
    docs = ROOT / "docs"
    named = set()
    for path, text in TEXTS.items():
        for block in re.findall(r":::\{toctree\}\n(.*?):::", text, re.DOTALL):
            entries = [line for line in block.splitlines() if line and not line.startswith(":")]
            named |= {(path.parent / entry).resolve().relative_to(docs) for entry in entries}
    pages = {path.relative_to(docs).with_suffix("") for path in TEXTS if path.is_relative_to(docs)}
    assert pages - named == {Path("index")}


def test_the_readme_is_short_and_names_both_commands() -> None:
    """It is an introduction. The rest is in the docs."""
    readme = TEXTS[ROOT / "README.md"]
    assert len(readme.splitlines()) <= 150
    assert "$ ./dev demo" in readme
    assert "$ ./dev test" in readme


def test_pictures_are_small() -> None:
    """So that the README loads fast."""
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert all(picture.stat().st_size <= 150 << 10 for picture in pictures)


OTHERS = {"REPLAY_COOKIE_", "REPLAY_PURE", "REPLAY_REQUIRE_CORE"}
"""Words that look like keys: prefixes of some, and environment variables."""


def test_every_setting_is_in_the_table() -> None:
    """No key is missing, and no page names one that does not exist."""
    keys = {PREFIX + field.upper() for field in SETTING_FORMS}
    first = "".join(line.split("|")[1] for line in SETTINGS.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(REPLAY_[A-Z_]+)`", first)) == keys
    for path, text in TEXTS.items():
        if path.name != "CHANGELOG.md":
            assert set(re.findall(r"`(REPLAY_[A-Z_]+)\b", text)) <= keys | OTHERS, path


def test_every_action_of_a_rule_is_in_the_table() -> None:
    """The page on permissions names the actions that ``Replay`` uses."""
    documented = (
        (flask_replay.Replay.__doc__ or "")
        .partition(":param authorize:")[2]
        .partition(":param ")[0]
    )
    table = "".join(
        line.split("|")[1]
        for line in TEXTS[ROOT / "docs/access.md"].splitlines()
        if line.startswith('| `"')
    )
    assert set(re.findall(r'`"(\w+)"`', table)) == set(re.findall(r'``"(\w+)"``', documented))


def test_the_defaults_in_the_table_are_those_of_the_code() -> None:
    """The setting reads each cell, in Python or as a size or duration, as its default."""
    defaults = parse({}, enabled=True)
    checked = 0
    for line in SETTINGS.splitlines():
        if not line.startswith("| `"):
            continue
        _, keys, cells, *_ = (part.strip() for part in line.split("|"))
        names = re.findall(r"`REPLAY_(\w+)`", keys)
        values = [cells] if len(names) == 1 else cells.split(", ")
        if len(values) != len(names):
            continue
        for name, written in zip(names, values, strict=True):
            value = spelled(written)
            if value is not None:
                checked += 1
                assert parse({PREFIX + name: value[0]}, enabled=True) == defaults, (name, written)
    assert checked >= 30


def spelled(cell: str) -> tuple[object] | None:
    """Return the value in a cell of the table as a setting takes it, or nothing for a sentence."""
    if found := re.fullmatch(r"`([^`]+)`", cell):
        try:
            return (ast.literal_eval(found[1]),)
        except (ValueError, SyntaxError):
            return None
    if re.fullmatch(r"[\d,]+", cell):
        return (int(cell.replace(",", "")),)
    if found := re.fullmatch(r"(\d+) (MiB|KiB|GiB)", cell):
        return (found[1] + found[2],)
    if found := re.fullmatch(r"(\d+) (s|min|hour|days)", cell):
        return (found[1] + found[2][0],)
    return None
