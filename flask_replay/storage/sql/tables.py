"""The tables of a store in a database, as part of the app's metadata.

Ids sort by time only if characters sort by their code. So id columns have an explicit collation,
because a database's language may sort ``z`` before ``t``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from ...recording.summary import Tally

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy

NAME_COLUMN = 255
"""The most characters of a visitor's name that the list of finished recordings shows and finds."""

_MARIADB = ("mysql", "mariadb")

_INFO = "flask_replay"
"""The key of the tables in the information that belongs to an app's metadata."""


class Tables:
    """The tables, each created once per metadata: use :meth:`of`.

    :param db: the app's ``flask_sqlalchemy.SQLAlchemy``.
    :param bind_key: the bind of the database.
    :ivar recordings: one row per recording, with its marks. It has no document until the recording
        is finished.
    :ivar recordings_again: the same table under another name, for queries that read it twice.
    :ivar entries: the journal's entries of running recordings.
    """

    @classmethod
    def of(cls, db: SQLAlchemy, bind_key: str | None = None) -> Tables:
        """Return the tables in the metadata of a database. The first store over it makes them."""
        metadata = db.metadatas.get(bind_key)
        if metadata is not None and _INFO in metadata.info:
            known: Tables = metadata.info[_INFO]
            if known.recordings.key in metadata.tables:  # otherwise the app has cleared it
                return known
        made = cls(db, bind_key)
        made.recordings.metadata.info[_INFO] = made
        return made

    def __init__(self, db: SQLAlchemy, bind_key: str | None = None) -> None:
        def table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
            # the app may have read it from its database
            return db.Table(f"replay_{name}", *columns, bind_key=bind_key, keep_existing=True)

        self.recordings = table(
            "recordings",
            sa.Column("id", _key(26), primary_key=True),
            sa.Column("finished", sa.Boolean, nullable=False, default=False),
            sa.Column("pinned_at", sa.Double),
            sa.Column("forgotten_at", sa.Double),
            sa.Column("remarked_at", sa.Double),
            sa.Column("remarks", _bytes()),
            sa.Column("status", _key(16), nullable=False),
            sa.Column("started_at", sa.Double, nullable=False),
            sa.Column("format", _key(16), nullable=False),
            sa.Column("name", _text(NAME_COLUMN), nullable=False, default=""),
            sa.Column("names", sa.JSON, nullable=False, default=list),
            sa.Column("failed", sa.Boolean, nullable=False, default=False),
            sa.Column("duration_ms", sa.BigInteger, nullable=False, default=0),
            *(
                sa.Column(name, sa.BigInteger, nullable=False, default=0)
                for name in Tally.__struct_fields__
            ),
            sa.Column("landing", _text(), nullable=False, default=""),
            sa.Column("size", sa.BigInteger, nullable=False, default=0),
            sa.Column("flags", sa.JSON, nullable=False, default=list),
            sa.Column("documents", sa.JSON, nullable=False, default=list),
            # These are NULL in rows that an older version wrote. They precede the document, because
            # SQLite reads all of a large column to find those behind it.
            sa.Column("facets", _bytes()),
            sa.Column("facts", _terms()),
            sa.Column("words", _terms()),
            sa.Column("document", _bytes()),
            sa.Index(
                "ix_replay_recordings_terms",
                "facts",
                "words",
                postgresql_using="gin",
                postgresql_with={"fastupdate": "off"},
                mysql_prefix="FULLTEXT",
                mariadb_prefix="FULLTEXT",
            ).ddl_if(dialect=("postgresql", *_MARIADB)),  # type: ignore[arg-type]
            sa.Index("ix_replay_recordings_finished", "finished", "id"),
            sa.Index("ix_replay_recordings_name", "name", "id", "failed"),
            sa.Index("ix_replay_recordings_failed", "failed", "id"),
            sa.Index("ix_replay_recordings_pinned_at", "pinned_at", "id"),
            sa.Index("ix_replay_recordings_forgotten_at", "forgotten_at", "id"),
            sa.Index("ix_replay_recordings_remarked_at", "remarked_at", "id"),
        )
        self.recordings_again = self.recordings.alias()
        self.entries = table(
            "entries",
            sa.Column("recording_id", _key(26), primary_key=True),
            sa.Column("key", _key(32), primary_key=True),
            sa.Column("worker", _key(80), nullable=False),
            sa.Column("written_at", sa.Double, nullable=False),
            sa.Column("size", sa.BigInteger, nullable=False),
            sa.Column("header", _bytes(), nullable=False),
            sa.Column("payload", _bytes(), nullable=False),
            sa.Index("ix_replay_entries_worker", "recording_id", "worker", "written_at"),
        )
        self.templates = table(
            "templates",
            sa.Column("key", _key(32), primary_key=True),
            sa.Column("written_at", sa.Double, nullable=False),
            sa.Column("document", _bytes(), nullable=False),
        )
        self.leases = table(
            "leases",
            sa.Column("recording_id", _key(26), primary_key=True),
            sa.Column("owner", _text(255), nullable=False),
            sa.Column("until", sa.Double, nullable=False),
        )


def _key(length: int) -> sa.String:
    """Return the type of ASCII texts that are compared by character code."""
    return (
        sa.String(length)
        .with_variant(sa.String(length, collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MARIADB)
    )


def _text(length: int | None = None) -> sa.String:
    """Return the type of any text, compared by character code.

    :param length: the most characters; unlimited by default.
    """
    options: dict[str, Any] = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
    if length is None:
        return sa.Text().with_variant(mysql.LONGTEXT(**options), *_MARIADB)
    return sa.String(length).with_variant(mysql.VARCHAR(length, **options), *_MARIADB)


def _terms() -> sa.Text:
    """Return the type of terms for a full-text index. SQLite's index is in its own file."""
    options: dict[str, Any] = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
    return (
        sa.Text()
        .with_variant(TSVECTOR(), "postgresql")
        .with_variant(mysql.LONGTEXT(**options), *_MARIADB)
    )


def _bytes() -> sa.LargeBinary:
    return sa.LargeBinary().with_variant(mysql.LONGBLOB(), *_MARIADB)


class Now(FunctionElement[float]):
    """The database's own clock, in seconds since 1970. The machines that share it may disagree
    about the time.
    """

    type = sa.Double()
    inherit_cache = True


@compiles(Now)
def _now(element: Now, compiler: Any, **options: Any) -> str:
    clocks = {
        "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
        "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)",
        **dict.fromkeys(_MARIADB, "UNIX_TIMESTAMP(SYSDATE(6)) + 0e0"),
    }
    return clocks[compiler.dialect.name]
