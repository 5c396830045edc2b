"""What a client is told when it does not get what it asked for: {"error": ..., "detail": ...}."""

from aiohttp import web


class Problem(Exception):
    def __init__(self, status: int, error: str, detail: str, retry_after_s: int | None = None):
        super().__init__(error)
        self.status = status
        self.error = error
        self.detail = detail
        self.retry_after_s = retry_after_s

    def response(self) -> web.Response:
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        return web.json_response({"error": self.error, "detail": self.detail}, status=self.status, headers=headers)


def invalid(detail: str) -> Problem:
    return Problem(422, "invalid", detail)


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"there is no such {what}")
