"""What the environment says. A setting without a default must be there."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    database_url: str
    redis_url: str
    secret: str
    """Signs the tokens."""
    host: str
    port: int
    workers: int
    token_seconds: int
    """How long one log-in lasts: an exam day. There is nothing to refresh."""
    logins_per_minute: int
    """Per person. A school sits behind one address, so addresses are not counted."""


def from_environment() -> Settings:
    return Settings(
        database_url=os.environ["AULA_DATABASE"],
        redis_url=os.environ["AULA_REDIS"],
        secret=os.environ["AULA_SECRET"],
        host=os.environ.get("AULA_HOST", "0.0.0.0"),
        port=int(os.environ.get("AULA_PORT", "7000")),
        workers=int(os.environ.get("AULA_WORKERS", "2")),
        token_seconds=int(os.environ.get("AULA_TOKEN_SECONDS", str(12 * 3600))),
        logins_per_minute=int(os.environ.get("AULA_LOGINS_PER_MINUTE", "30")),
    )
