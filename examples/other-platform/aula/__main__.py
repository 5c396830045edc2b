"""python3 -m aula: migrate, then serve with several worker processes until SIGTERM."""

import asyncio
import logging
import os
import signal
import socket
import sys

from aiohttp import web

from .app import make_app
from .migrate import migrate
from .settings import Settings, from_environment

DRAIN_S = 5


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s", stream=sys.stdout)
    log = logging.getLogger("aula")
    settings = from_environment()
    asyncio.run(migrate(settings.database_url))

    # Bound once, before the workers are there: they take turns at it, and a worker that dies takes no port along.
    listening = socket.create_server((settings.host, settings.port), backlog=1024, reuse_port=False)
    workers: set[int] = set()
    stopping = False

    def stop(*_):
        nonlocal stopping
        stopping = True
        for pid in workers:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for _ in range(settings.workers):
        workers.add(_fork(settings, listening))
    log.info("serving on port %d with workers %s", settings.port, sorted(workers))
    while workers:
        pid, status = os.wait()
        if pid not in workers:
            continue
        workers.discard(pid)
        if not stopping:
            log.error("worker %d ended with %d and is replaced", pid, status)
            workers.add(_fork(settings, listening))
    return 0


def _fork(settings: Settings, listening: socket.socket) -> int:
    pid = os.fork()
    if pid != 0:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        asyncio.run(_serve(settings, listening))
        code = 0
    finally:
        logging.shutdown()
        os._exit(code)


async def _serve(settings: Settings, listening: socket.socket) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    runner = web.AppRunner(make_app(settings), access_log=None)
    await runner.setup()
    await web.SockSite(runner, listening, shutdown_timeout=DRAIN_S).start()
    await over.wait()
    await runner.cleanup()


sys.exit(main())
