"""Brings the database to the newest schema: each file of migrations/ once, in the order of their names."""

import pathlib

import asyncpg

_FOLDER = pathlib.Path(__file__).resolve().parent.parent / "migrations"
_ONLY_ONE = 4_711


async def migrate(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        # Two servers that start at once must not both do it.
        await connection.execute("SELECT pg_advisory_lock($1)", _ONLY_ONE)
        await connection.execute("CREATE TABLE IF NOT EXISTS migration (file text PRIMARY KEY)")
        done = {row["file"] for row in await connection.fetch("SELECT file FROM migration")}
        for path in sorted(_FOLDER.glob("*.sql")):
            if path.name in done:
                continue
            async with connection.transaction():
                await connection.execute(path.read_text())
                await connection.execute("INSERT INTO migration (file) VALUES ($1)", path.name)
    finally:
        await connection.close()
