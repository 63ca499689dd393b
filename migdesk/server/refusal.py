"""How the server says no: a JSON object that names the organisation, so that a laptop knows whom it is talking to."""

from collections.abc import Mapping
from uuid import UUID

from starlette.responses import JSONResponse

from migdesk.clock import Clock, to_ms


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """An answer other than 200. `error` is a word for programs, `message` an English sentence for people."""

    def __init__(self, status: int, error: str, message: str, retry_after_s: float = 0) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.message = message
        self.retry_after_s = retry_after_s

    def response(self, org: UUID, clock: Clock) -> JSONResponse:
        """`server_time` lets a laptop with a wrong clock sign again by ours."""
        body = {"error": self.error, "message": self.message, "org": str(org), "server_time": to_ms(clock.now())}
        headers: Mapping[str, str] = {"cache-control": "no-store"}
        if self.retry_after_s:
            headers = {**headers, "retry-after": str(max(1, round(self.retry_after_s)))}
        if self.status == 401:
            headers = {**headers, "www-authenticate": "Bearer"}
        return JSONResponse(body, self.status, headers=dict(headers))
