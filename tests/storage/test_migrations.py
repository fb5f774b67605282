"""Flask-Migrate finds the tables, makes them and takes them away: the README's commands, as a user types them."""

from __future__ import annotations

import os
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
import os
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


class Project:
    """An app with migrations."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        (folder / "app.py").write_text(APP)

    def flask(self, *command: str) -> str:
        """Run ``flask …``."""
        environment = {**os.environ, "DATABASE": self.url, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "flask", *command], cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def tables(self) -> set[str]:
        """Give the names of our tables."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        return {name for name in sa.inspect(engine).get_table_names() if name.startswith("replay_")}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_migration_makes_the_tables_and_takes_them_away(kind: str, services: Services, tmp_path: Path) -> None:
    """Up, recorded into, down, and up again; after it there is nothing left to migrate."""
    with services.database(kind, tmp_path) as url:
        project = Project(tmp_path, url)
        project.flask("db", "init")
        project.flask("db", "migrate", "-m", "Keep recordings")
        project.flask("db", "upgrade")
        assert project.tables() == {"replay_recordings", "replay_entries", "replay_templates", "replay_leases"}
        assert "No new upgrade operations detected" in project.flask("db", "check")
        with using(open_database(url)) as storage:
            name = finished(storage)
        assert name in project.flask("replay", "list")
        project.flask("db", "downgrade", "base")
        assert project.tables() == set()
        project.flask("db", "upgrade")
        with using(open_database(url)) as storage:
            assert storage.ids() == []
