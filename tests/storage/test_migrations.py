"""Flask-Migrate finds the tables, creates and drops them, with the documented commands."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_replay.testing import finished

from ..services import Services
from .stores import DATABASES, open_database, using

ROOT = Path(__file__).parents[2]
APP = """
import json
import os
import shlex
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_replay import Replay, SQLAlchemyStorage

db = SQLAlchemy()


class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)


app = Flask(__name__)
app.config["SECRET_KEY"] = "test"
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE"]
db.init_app(app)
Migrate(app, db)
Replay(app, storage=SQLAlchemyStorage(db))
"""


RUN = """
import json, sys
from app import app

for command in json.loads(sys.argv[1]):
    app.cli.main(command, prog_name="flask", standalone_mode=False)
"""


class Project:
    """An app with migrations."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        (folder / "app.py").write_text(APP)

    def flask(self, *commands: str) -> str:
        """Run several ``flask …`` commands, one after the other, in a separate process."""
        environment = {
            **os.environ,
            "DATABASE": self.url,
            "PYTHONPATH": f"{self.folder}:{ROOT}",
            "FLASK_APP": "app",
        }
        words = json.dumps([shlex.split(command) for command in commands])
        done = subprocess.run(
            [sys.executable, "-c", RUN, words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def tables(self) -> set[str]:
        """Return the names of our tables."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        return {name for name in sa.inspect(engine).get_table_names() if name.startswith("replay_")}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_migration_creates_and_drops_the_tables(
    kind: str, services: Services, tmp_path: Path
) -> None:
    """Up, with a recording, down, and up again. Afterwards there is nothing left to migrate."""
    with services.database(kind, tmp_path) as url:
        project = Project(tmp_path, url)
        project.flask("db init", "db migrate -m 'Keep recordings'", "db upgrade")
        assert project.tables() == {
            "replay_recordings",
            "replay_entries",
            "replay_templates",
            "replay_leases",
        }
        with using(open_database(url)) as storage:
            name = finished(storage)
        # creating a table that exists would fail
        said = project.flask("db check", "replay list", "db downgrade base", "db upgrade")
        assert "No new upgrade operations detected" in said and name in said
        with using(open_database(url)) as storage:
            assert storage.ids() == []
