"""Storage in a database: PostgreSQL, MariaDB, SQLite."""
