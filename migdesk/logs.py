"""The log file: scrubbed of everything a person may have typed, private, rotating. Any thread may log.

A log line is a fixed English message with counts. Text arguments are shown only when the caller marks them `Safe`
(a kind, a field name, a file name of ours); everything else that is not a number becomes its type and length.
"""

import logging
import os
import sys
import time
from collections.abc import Mapping
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from migdesk.errors import MigDeskError

LOG_NAME = "migdesk.log"
MAX_BYTES = 1_000_000
BACKUPS = 3
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"


class Safe(str):
    """Text that the programmer vouches for: it comes from our own source, never from a person, a file or the net."""

    __slots__ = ()


def scrubbed(value: Any) -> Any:
    """What may be logged of a value: numbers, booleans, None, `Safe` text and enum names; else its type and size."""
    if value is None or isinstance(value, bool | int | float | Safe):
        return value
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, BaseException):
        return _error_name(value)
    if isinstance(value, str | bytes | list | tuple | set | frozenset | dict):
        return f"<{type(value).__name__} of {len(value)}>"
    return f"<{type(value).__name__}>"


class Scrubber(logging.Formatter):
    """Writes a record so that neither its message, its arguments nor its traceback can hold typed text.

    It is the formatter of the handler: nothing of any record, of a library's neither, gets past it unscrubbed.
    """

    converter = time.gmtime  # type: ignore[assignment]

    def __init__(self, ours: str = "migdesk") -> None:
        super().__init__(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
        self.ours = ours

    def format(self, record: logging.LogRecord) -> str:
        clean = logging.makeLogRecord(record.__dict__)
        clean.msg, clean.args = self.message(record), ()
        clean.exc_info, clean.exc_text, clean.stack_info = None, None, None
        return super().format(clean)

    def message(self, record: logging.LogRecord) -> str:
        """The scrubbed words of a record, with the scrubbed way of its error."""
        text = self._message(record)
        if record.exc_info and record.exc_info[1] is not None:
            text += _trace(record.exc_info[1], record.exc_info[2])
        return text

    def _message(self, record: logging.LogRecord) -> str:
        # A library's message may be an f-string with anything in it; of ours, the text is a constant (a house test).
        if not isinstance(record.msg, str) or record.name.partition(".")[0] != self.ours:
            return f"{record.module}:{record.lineno}"
        args = record.args or ()
        try:
            if isinstance(args, Mapping):
                return record.msg % {key: scrubbed(value) for key, value in args.items()}
            return record.msg % tuple(scrubbed(value) for value in args)
        except (TypeError, ValueError, KeyError):
            return record.msg


def _error_name(error: BaseException) -> str:
    """The class of an error; of ours also its message, which is a fixed sentence without the parameters."""
    return f"{type(error).__name__}: {error.message}" if isinstance(error, MigDeskError) else type(error).__name__


def _trace(error: BaseException, where: TracebackType | None) -> str:
    """Where an error came through: our files, functions and lines. No source text, no values."""
    lines = [f" [{_error_name(error)}]"]
    while where is not None:
        code = where.tb_frame.f_code
        lines.append(f"  {Path(code.co_filename).name}:{where.tb_lineno} {code.co_name}")
        where = where.tb_next
    cause = error.__cause__ or error.__context__
    if cause is not None:
        lines.append("  from" + _trace(cause, cause.__traceback__))
    return "\n".join(lines)


class _Quiet(logging.Handler):
    """A full disk loses log lines and nothing else."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the standard way prints the raw record."""


class _PrivateFile(_Quiet, RotatingFileHandler):
    """Files that only their owner can read, from the first byte on."""

    def _open(self) -> Any:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8", errors="replace")


class _Stream(_Quiet, logging.StreamHandler[TextIO]):
    """Standard error."""


def setup(folder: Path | None, verbose: bool = False, formatter: Scrubber | None = None) -> logging.Handler:
    """Send all log records to `folder`/migdesk.log, or to standard error without a folder; returns the handler.

    Called once by a composition root, which takes the handler away again with `teardown`. The folder must exist.
    """
    handler: logging.Handler
    if folder is None:
        handler = _Stream(sys.stderr)
    else:
        handler = _PrivateFile(folder / LOG_NAME, maxBytes=MAX_BYTES, backupCount=BACKUPS, delay=True)
    handler.setFormatter(formatter or Scrubber())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    return handler


def teardown(handler: logging.Handler) -> None:
    """Undo `setup`: flush, close and forget the handler."""
    logging.getLogger().removeHandler(handler)
    handler.close()
