"""Log records as JSON, one object a line, scrubbed as all of our logs are. Any thread."""

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

from migdesk.logs import Safe, Scrubber, scrubbed

request_id: ContextVar[Safe | None] = ContextVar("request_id", default=None)
"""Of the request that is worked on, so that all lines about it can be found."""


class JsonScrubber(Scrubber):
    """`time`, `level`, `logger`, `message` and `request`; the named arguments of a message as fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message(record),
        }
        if request_id.get() is not None:
            line["request"] = request_id.get()
        if isinstance(record.args, Mapping) and record.name.partition(".")[0] == self.ours:
            line |= {str(name): scrubbed(value) for name, value in record.args.items()}
            line["message"] = record.msg.partition(" ")[0]
        return json.dumps(line, ensure_ascii=True)
