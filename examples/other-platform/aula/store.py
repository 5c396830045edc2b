"""Everything that touches the exam's tables.

The house rule is: first the thing itself, in one transaction, then the journal, in another. The journal is for
questions that somebody asks weeks later, so it should never hold up a candidate.
"""

from datetime import datetime, timezone

import asyncpg

from .problems import Problem, invalid, not_found

_ATTEMPT = "id, exam_id, person_id, state, begun, deadline, ended, points, max_points"


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self._pool = pool

    async def person_by_login(self, login: str):
        return await self._pool.fetchrow("SELECT id, secret, is_staff, name FROM person WHERE login = $1", login)

    async def answers_at_all(self) -> None:
        await self._pool.fetchval("SELECT 1", timeout=1)

    # Attempts

    async def begin(self, person_id: str, exam_id: str):
        """The person's attempt at the exam, and whether it is a new one."""
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                exam = await connection.fetchrow(
                    "SELECT opens, closes, minutes, sheet_size, now() AS now FROM exam WHERE id = $1", exam_id
                )
                if exam is None:
                    raise not_found("exam")
                if exam["now"] < exam["opens"]:
                    wait_s = int((exam["opens"] - exam["now"]).total_seconds()) + 1
                    raise Problem(425, "exam_not_open", "the exam has not begun", retry_after_s=wait_s)
                if exam["now"] >= exam["closes"]:
                    raise Problem(410, "exam_over", "the exam is over")
                created = await connection.fetchrow(
                    f"""INSERT INTO attempt (exam_id, person_id, deadline, max_points)
                        SELECT id, $2, least(now() + minutes * interval '1 minute', closes), sheet_size
                        FROM exam WHERE id = $1
                        ON CONFLICT (person_id, exam_id) DO NOTHING
                        RETURNING {_ATTEMPT}""",
                    exam_id,
                    person_id,
                )
                if created is not None:
                    await connection.execute(
                        """INSERT INTO sheet_line (attempt_id, line, question_id, key)
                           SELECT $1, row_number() OVER (), id, key
                           FROM (SELECT id, key FROM question WHERE exam_id = $2 ORDER BY random() LIMIT $3) drawn""",
                        created["id"],
                        exam_id,
                        exam["sheet_size"],
                    )
            if created is not None:
                await self._journal(connection, created, "begun")
                return created, True
            return await self._own(connection, person_id, exam_id), False

    async def own_attempt(self, person_id: str, exam_id: str):
        async with self._pool.acquire() as connection:
            return await self._own(connection, person_id, exam_id)

    async def attempt(self, attempt_id: int, person_id: str):
        """An attempt, for its owner only."""
        row = await self._pool.fetchrow(f"SELECT {_ATTEMPT} FROM attempt WHERE id = $1", attempt_id)
        return _for_owner(row, person_id)

    async def answers(self, attempt_id: int):
        """One row a line of the sheet; `choice` is null where nothing is chosen."""
        return await self._pool.fetch(
            """SELECT s.line, s.question_id, a.choice
               FROM sheet_line s LEFT JOIN answer a USING (attempt_id, question_id)
               WHERE s.attempt_id = $1 ORDER BY s.line""",
            attempt_id,
        )

    async def sheet(self, attempt_id: int, offset: int, limit: int):
        return await self._pool.fetch(
            """SELECT s.line, q.id, q.wording, q.choices
               FROM sheet_line s JOIN question q ON q.id = s.question_id
               WHERE s.attempt_id = $1 ORDER BY s.line OFFSET $2 LIMIT $3""",
            attempt_id,
            offset,
            limit,
        )

    async def save(self, attempt_id: int, person_id: str, question_id: str, choice: int | None):
        """Keep the choice. What arrives last counts."""
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                # Shared, so that a finish waits for answers that are on their way, and answers do not wait for another.
                attempt = _for_owner(
                    await connection.fetchrow(
                        f"SELECT {_ATTEMPT}, clock_timestamp() AS now FROM attempt WHERE id = $1 FOR SHARE", attempt_id
                    ),
                    person_id,
                )
                if attempt["state"] != "open" or attempt["now"] >= attempt["deadline"]:
                    raise Problem(410, "attempt_closed", "this attempt takes no more answers")
                line = await connection.fetchrow(
                    """SELECT s.key, cardinality(q.choices) AS choices
                       FROM sheet_line s JOIN question q ON q.id = s.question_id
                       WHERE s.attempt_id = $1 AND s.question_id = $2""",
                    attempt_id,
                    question_id,
                )
                if line is None:
                    raise not_found("question on this sheet")
                if choice is not None and not 0 <= choice < line["choices"]:
                    raise invalid("choice: no such choice")
                saved = await connection.fetchrow(
                    """INSERT INTO answer (attempt_id, question_id, choice, is_right, saved)
                       VALUES ($1, $2, $3, $3 = $4::smallint, clock_timestamp())
                       ON CONFLICT (attempt_id, question_id)
                       DO UPDATE SET choice = excluded.choice, is_right = excluded.is_right, saved = excluded.saved
                       RETURNING question_id, choice, saved""",
                    attempt_id,
                    question_id,
                    choice,
                    line["key"],
                )
            await self._journal(connection, attempt, "answered", question_id, choice)
            return saved

    async def finish(self, attempt_id: int, person_id: str):
        """End the attempt and count its points. Asked again it says the same again."""
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                attempt = _for_owner(
                    await connection.fetchrow(
                        f"SELECT {_ATTEMPT}, clock_timestamp() AS now FROM attempt WHERE id = $1 FOR UPDATE", attempt_id
                    ),
                    person_id,
                )
                if attempt["state"] == "open":
                    late = attempt["now"] >= attempt["deadline"]
                    attempt = await self._close(
                        connection,
                        attempt_id,
                        "timed_out" if late else "finished",
                        attempt["deadline"] if late else attempt["now"],
                    )
            # Perhaps an earlier try got this far and no further: then the entry is made now.
            noted = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM journal WHERE attempt_id = $1 AND what IN ('finished', 'timed_out'))",
                attempt_id,
            )
            if not noted:
                await self._journal(connection, attempt, attempt["state"])
            return attempt

    async def close_overdue(self) -> int:
        """End what has run out of time. Every worker does this now and then."""
        closed = 0
        async with self._pool.acquire() as connection:
            while True:
                async with connection.transaction():
                    overdue = await connection.fetchrow(
                        """SELECT id, deadline FROM attempt
                           WHERE state = 'open' AND deadline <= clock_timestamp()
                           LIMIT 1 FOR UPDATE SKIP LOCKED"""
                    )
                    if overdue is None:
                        return closed
                    attempt = await self._close(connection, overdue["id"], "timed_out", overdue["deadline"])
                await self._journal(connection, attempt, "timed_out")
                closed += 1

    # Staff

    async def overview(self, exam_id: str):
        return await self._pool.fetchrow(
            """SELECT count(*) FILTER (WHERE state = 'open') AS open,
                      count(*) FILTER (WHERE state = 'finished') AS finished,
                      count(*) FILTER (WHERE state = 'timed_out') AS timed_out,
                      (SELECT count(*) FROM answer JOIN attempt a ON a.id = attempt_id WHERE a.exam_id = $1) AS answers
               FROM attempt WHERE exam_id = $1""",
            exam_id,
        )

    async def lock(self) -> bool:
        """Read each time that it matters: no worker can have an old idea of it."""
        return bool(await self._pool.fetchval("SELECT enabled FROM exam_lock ORDER BY id DESC LIMIT 1"))

    async def set_lock(self, enabled: bool, reason: str, staff_id: str) -> None:
        await self._pool.execute(
            "INSERT INTO exam_lock (enabled, reason, set_by) VALUES ($1, $2, $3)", enabled, reason, staff_id
        )

    async def rank(self, exam_id: str) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            ranking = await connection.fetchval("INSERT INTO ranking (exam_id) VALUES ($1) RETURNING id", exam_id)
            await connection.execute(
                """INSERT INTO ranking_place (ranking_id, attempt_id, place)
                   SELECT $1, id, rank() OVER (ORDER BY points DESC) FROM attempt
                   WHERE exam_id = $2 AND state <> 'open'""",
                ranking,
                exam_id,
            )
            return ranking

    async def announce(self, wording: str, staff_id: str) -> int:
        return await self._pool.fetchval(
            "INSERT INTO announcement (wording, made_by) VALUES ($1, $2) RETURNING id", wording, staff_id
        )

    # Parts

    async def _own(self, connection, person_id: str, exam_id: str):
        row = await connection.fetchrow(
            f"SELECT {_ATTEMPT} FROM attempt WHERE person_id = $1 AND exam_id = $2", person_id, exam_id
        )
        if row is None:
            raise not_found("attempt")
        return row

    async def _close(self, connection, attempt_id: int, state: str, ended: datetime):
        # A statement of its own, after the lock: it sees every answer that was saved before.
        return await connection.fetchrow(
            f"""UPDATE attempt SET state = $2, ended = $3,
                       points = (SELECT count(*) FROM answer WHERE attempt_id = $1 AND is_right)
                WHERE id = $1 RETURNING {_ATTEMPT}""",
            attempt_id,
            state,
            ended,
        )

    async def _journal(self, connection, attempt, what: str, question_id: str | None = None, choice: int | None = None):
        await connection.execute(
            """INSERT INTO journal (attempt_id, person_id, what, question_id, choice, at)
               VALUES ($1, $2, $3, $4, $5, $6)""",
            attempt["id"],
            attempt["person_id"],
            what,
            question_id,
            choice,
            datetime.now(timezone.utc),
        )


def _for_owner(row, person_id: str):
    if row is None:
        raise not_found("attempt")
    if str(row["person_id"]) != person_id:
        raise Problem(403, "not_yours", "this attempt is somebody else's")
    return row
