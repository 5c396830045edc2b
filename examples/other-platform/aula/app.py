"""The HTTP side: what is asked, by whom, and what is told."""

import asyncio
import logging
import os
import time
import uuid

import asyncpg
import jwt
import redis.asyncio
from aiohttp import web

from . import passwords
from .problems import Problem, invalid, not_found
from .settings import Settings
from .store import Store

SWEEP_EVERY_S = 2
REDIS_PATIENCE_S = 0.3
DATABASE_PATIENCE_S = 4

log = logging.getLogger("aula")
routes = web.RouteTableDef()


def make_app(settings: Settings) -> web.Application:
    app = web.Application(middlewares=[_problems_as_json], client_max_size=64 * 1024)
    app["settings"] = settings
    app.add_routes(routes)
    app.cleanup_ctx.append(_database)
    app.cleanup_ctx.append(_limiter)
    app.cleanup_ctx.append(_sweeper)
    return app


async def _database(app: web.Application):
    # The statement cache is asyncpg's own. A connection that broke is replaced by the pool.
    pool = await asyncpg.create_pool(
        app["settings"].database_url,
        min_size=2,
        max_size=10,
        timeout=DATABASE_PATIENCE_S,
        command_timeout=DATABASE_PATIENCE_S,
    )
    app["store"] = Store(pool)
    yield
    pool.terminate()


async def _limiter(app: web.Application):
    app["redis"] = redis.asyncio.from_url(
        app["settings"].redis_url, socket_timeout=REDIS_PATIENCE_S, socket_connect_timeout=REDIS_PATIENCE_S
    )
    yield
    await app["redis"].close()


async def _sweeper(app: web.Application):
    async def sweep():
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                closed = await app["store"].close_overdue()
                if closed:
                    log.info("closed %d overdue attempts", closed)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.TimeoutError) as error:
                log.warning("could not look for overdue attempts: %r", error)

    task = asyncio.create_task(sweep())
    yield
    task.cancel()


@web.middleware
async def _problems_as_json(request: web.Request, handler):
    begun = time.monotonic()
    try:
        response = await handler(request)
    except Problem as problem:
        response = problem.response()
    except web.HTTPException as error:
        response = Problem(error.status, "http", error.reason).response()
    except (
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
        asyncpg.InterfaceError,
        OSError,
        asyncio.TimeoutError,
    ) as error:
        log.warning("%s %s: the database did not answer: %r", request.method, request.path, error)
        response = Problem(503, "unavailable", "please try again", retry_after_s=1).response()
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        response = Problem(500, "internal", "something went wrong").response()
    # Which of the workers it was, for whoever compares what they say.
    response.headers["X-Worker"] = str(os.getpid())
    took_ms = (time.monotonic() - begun) * 1000
    if response.status >= 500 or took_ms > 500:
        log.warning("%s %s -> %d in %d ms", request.method, request.path, response.status, took_ms)
    return response


# Who asks


def _person(request: web.Request) -> str:
    """The id of whoever asks."""
    return _claims(request)["sub"]


def _staff(request: web.Request) -> str:
    claims = _claims(request)
    if not claims["staff"]:
        raise Problem(403, "staff_only", "this is for staff")
    return claims["sub"]


def _claims(request: web.Request) -> dict:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(401, "log_in", "log in first")
    try:
        return jwt.decode(
            token,
            request.app["settings"].secret,
            algorithms=["HS256"],
            options={"require": ["exp", "sub"]},
        )
    except jwt.InvalidTokenError:
        raise Problem(401, "log_in", "this log-in is over")


async def _body(request: web.Request) -> dict:
    try:
        body = await request.json()
    except ValueError:
        raise invalid("the body is not JSON")
    if not isinstance(body, dict):
        raise invalid("the body is not an object")
    return body


def _text(body: dict, field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value or "\0" in value:
        raise invalid(f"{field}: a text")
    return value


def _uuid(text: object, what: str) -> str:
    try:
        return str(uuid.UUID(str(text)))
    except ValueError:
        raise not_found(what)


def _attempt_id(request: web.Request) -> int:
    text = request.match_info["attempt"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise not_found("attempt")
    return int(text)


def _number(request: web.Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid(f"{name}: a number")
    return min(int(text), most)


def _attempt_json(attempt) -> dict:
    return {
        "id": str(attempt["id"]),
        "exam": str(attempt["exam_id"]),
        "state": attempt["state"],
        "begun": attempt["begun"].isoformat(),
        "deadline": attempt["deadline"].isoformat(),
        "questions": attempt["max_points"],
    }


# Logging in


@routes.post("/api/login")
async def login(request: web.Request):
    body = await _body(request)
    name, password = _text(body, "login"), _text(body, "password")
    await _count_login(request, name)
    person = await request.app["store"].person_by_login(name)
    # scrypt takes its time; other requests go on meanwhile.
    right = person is not None and await asyncio.to_thread(passwords.is_right, password, person["secret"])
    if not right:
        raise Problem(401, "wrong", "login or password is wrong")
    settings: Settings = request.app["settings"]
    token = jwt.encode(
        {"sub": str(person["id"]), "staff": person["is_staff"], "exp": int(time.time()) + settings.token_seconds},
        settings.secret,
        algorithm="HS256",
    )
    return web.json_response({"token": token, "validSeconds": settings.token_seconds, "name": person["name"]})


async def _count_login(request: web.Request, name: str) -> None:
    """Somebody who guesses passwords is slowed down. Without Redis nobody is: an exam is more important."""
    key = f"aula:login:{name}:{int(time.time()) // 60}"
    try:
        seen = await request.app["redis"].incr(key)
        await request.app["redis"].expire(key, 120)
    except (redis.exceptions.RedisError, OSError, asyncio.TimeoutError) as error:
        log.warning("log-ins are not counted: %r", error)
        return
    if seen > request.app["settings"].logins_per_minute:
        raise Problem(429, "slow_down", "too many log-ins", retry_after_s=60)


# Writing an exam


@routes.post("/api/exam/{exam}/attempts")
async def begin(request: web.Request):
    person = _person(request)
    attempt, is_new = await request.app["store"].begin(person, _uuid(request.match_info["exam"], "exam"))
    return web.json_response({"attempt": _attempt_json(attempt)}, status=201 if is_new else 200)


@routes.get("/api/exam/{exam}/attempts/mine")
async def mine(request: web.Request):
    person = _person(request)
    attempt = await request.app["store"].own_attempt(person, _uuid(request.match_info["exam"], "exam"))
    return web.json_response({"attempt": _attempt_json(attempt)})


@routes.get("/api/exam/attempts/{attempt}")
async def show(request: web.Request):
    attempt = await request.app["store"].attempt(_attempt_id(request), _person(request))
    left = 0 if attempt["state"] != "open" else max(0, attempt["deadline"].timestamp() - time.time())
    return web.json_response(
        {
            "attempt": _attempt_json(attempt),
            "secondsLeft": round(left, 3),
            "lines": await _lines(request, attempt),
        }
    )


@routes.get("/api/exam/attempts/{attempt}/sheet")
async def sheet(request: web.Request):
    attempt = await request.app["store"].attempt(_attempt_id(request), _person(request))
    offset, limit = _number(request, "offset", 0, 10_000), _number(request, "limit", 20, 100)
    rows = await request.app["store"].sheet(attempt["id"], offset, limit)
    return web.json_response(
        {
            "sheet": [
                {"line": row["line"], "id": str(row["id"]), "wording": row["wording"], "choices": row["choices"]}
                for row in rows
            ]
        }
    )


@routes.post("/api/exam/attempts/{attempt}/answers")
async def answer(request: web.Request):
    person = _person(request)
    body = await _body(request)
    choice = body.get("choice", "")
    if choice is not None and (not isinstance(choice, int) or isinstance(choice, bool)):
        raise invalid("choice: a number, or null for none")
    question = _uuid(body.get("question"), "question on this sheet")
    saved = await request.app["store"].save(_attempt_id(request), person, question, choice)
    return web.json_response(
        {"question": str(saved["question_id"]), "choice": saved["choice"], "saved": saved["saved"].isoformat()}
    )


@routes.post("/api/exam/attempts/{attempt}/finish")
async def finish(request: web.Request):
    attempt = await request.app["store"].finish(_attempt_id(request), _person(request))
    return web.json_response(
        {
            "attempt": str(attempt["id"]),
            "state": attempt["state"],
            "ended": attempt["ended"].isoformat(),
            "points": attempt["points"],
            "maxPoints": attempt["max_points"],
        }
    )


@routes.get("/api/exam/attempts/{attempt}/result")
async def result(request: web.Request):
    attempt = await request.app["store"].attempt(_attempt_id(request), _person(request))
    if attempt["state"] == "open":
        raise Problem(409, "still_open", "the result is there when the attempt is finished")
    return web.json_response(
        {
            "attempt": str(attempt["id"]),
            "points": attempt["points"],
            "maxPoints": attempt["max_points"],
            "lines": await _lines(request, attempt),
        }
    )


async def _lines(request: web.Request, attempt) -> list[dict]:
    return [
        {"line": row["line"], "question": str(row["question_id"]), "choice": row["choice"]}
        for row in await request.app["store"].answers(attempt["id"])
    ]


# Staff


@routes.get("/api/staff/exam/{exam}/overview")
async def overview(request: web.Request):
    _staff(request)
    row = await request.app["store"].overview(_uuid(request.match_info["exam"], "exam"))
    return web.json_response(
        {"open": row["open"], "finished": row["finished"], "timedOut": row["timed_out"], "answers": row["answers"]}
    )


@routes.get("/api/staff/exam-lock")
async def show_lock(request: web.Request):
    _staff(request)
    return web.json_response({"enabled": await request.app["store"].lock(), "source": "database"})


@routes.post("/api/staff/exam-lock")
async def set_lock(request: web.Request):
    staff = _staff(request)
    body = await _body(request)
    enabled = body.get("enabled")
    if not isinstance(enabled, bool):
        raise invalid("enabled: true or false")
    reason = _text(body, "reason")
    await request.app["store"].set_lock(enabled, reason, staff)
    log.info("exam lock %s by %s: %s", "on" if enabled else "off", staff, reason)
    return web.json_response({"enabled": enabled, "source": "database"})


async def _unless_locked(request: web.Request) -> str:
    staff = _staff(request)
    if await request.app["store"].lock():
        log.info("%s %s refused to %s: exam lock", request.method, request.path, staff)
        raise Problem(423, "exam_locked", "not while an exam is written")
    return staff


@routes.post("/api/staff/exam/{exam}/rankings")
async def rank(request: web.Request):
    await _unless_locked(request)
    ranking = await request.app["store"].rank(_uuid(request.match_info["exam"], "exam"))
    return web.json_response({"ranking": str(ranking)}, status=201)


@routes.post("/api/staff/announcements")
async def announce(request: web.Request):
    staff = await _unless_locked(request)
    announcement = await request.app["store"].announce(_text(await _body(request), "wording"), staff)
    return web.json_response({"announcement": str(announcement)}, status=201)


# Health


@routes.get("/healthz")
async def alive(_: web.Request):
    return web.json_response({"status": "ok"})


@routes.get("/readyz")
async def ready(request: web.Request):
    try:
        await asyncio.wait_for(request.app["store"].answers_at_all(), timeout=1)
    except Exception as error:
        raise Problem(503, "not_ready", f"the database: {error!r}", retry_after_s=1)
    return web.json_response({"status": "ok"})
