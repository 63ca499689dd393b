"""What a verb may do with the terminal: print, ask, open the workspace. Writes to no file."""

import getpass
import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migdesk.clock import Clock, SystemClock
from migdesk.errors import EnvError, MigDeskError, UsageError
from migdesk.i18n import Language
from migdesk.i18n.markers import N_
from migdesk.paths import default_home

if TYPE_CHECKING:
    from migdesk.cli.servers import Servers
    from migdesk.services.session import Session
    from migdesk.vault.key_wrap import Argon2Params

PASSPHRASE = "MIGDESK_PASSPHRASE"  # noqa: S105 - the name of a variable
NEW_PASSPHRASE = "MIGDESK_NEW_PASSPHRASE"  # noqa: S105
HOME = "MIGDESK_HOME"


class Console:
    """Given to every verb: its arguments, its language, its output."""

    def __init__(
        self,
        args: Namespace,
        lang: Language,
        environment: Mapping[str, str],
        clock: Clock | None = None,
        servers: "Servers | None" = None,
        kdf: "Argon2Params | None" = None,
    ) -> None:
        self.args = args
        self.lang = lang
        self.environment = environment
        self.clock = clock or SystemClock()
        self._servers, self.kdf = servers, kdf

    @property
    def servers(self) -> "Servers":
        """The door to the central server. Raises UsageError in a program that comes without one."""
        if self._servers is None:
            raise UsageError(N_("This program comes without a central server."))
        return self._servers

    @property
    def home(self) -> Path:
        """The workspace folder: --home, else MIGDESK_HOME, else the user's own."""
        given: Path | None = getattr(self.args, "home", None)
        named = self.environment.get(HOME)
        return given or (Path(named) if named else default_home())

    def say(self, message: str, /, **params: object) -> None:
        """One line in words; nothing with --json."""
        if not self.args.json:
            print(self.lang.say(message, **params))

    def put(self, data: Mapping[str, Any], words: str = "") -> None:
        """One result: an object with --json, else the words (already in the user's language), if there are any."""
        if self.args.json:
            print(json.dumps(data, ensure_ascii=False))
        elif words:
            print(words)

    def flush(self) -> None:
        """Let a reader see at once what was printed."""
        sys.stdout.flush()

    def warn(self, message: str, /, **params: object) -> None:
        """One line on the error output, in every mode."""
        print(self.lang.say(message, **params), file=sys.stderr)

    def note(self, words: str) -> None:
        """One line that is in the user's language already on the error output, in every mode."""
        print(words, file=sys.stderr)

    def tell(self, error: MigDeskError) -> None:
        """What happened and what to do, on the error output."""
        message, hint = self.lang.error(error)
        print(message, file=sys.stderr)
        if hint:
            print(hint, file=sys.stderr)

    def passphrase(self) -> str:
        """From --passphrase-file, MIGDESK_PASSPHRASE, or the keyboard. Raises UsageError if there is none of them."""
        return self._secret(self.args.passphrase_file, PASSPHRASE, N_("Passphrase: "), twice=False)

    def first_passphrase(self) -> str:
        """The passphrase of a workspace that is being made; at the keyboard it is asked for twice."""
        return self._secret(self.args.passphrase_file, PASSPHRASE, N_("New passphrase: "), twice=True)

    def new_passphrase(self) -> str:
        return self._secret(self.args.new_passphrase_file, NEW_PASSPHRASE, N_("New passphrase: "), twice=True)

    def has_passphrase(self) -> bool:
        """Whether a passphrase is given without asking."""
        return self.args.passphrase_file is not None or PASSPHRASE in self.environment

    def ask(self, question: str, /, **params: object) -> str:
        """What was typed. Raises UsageError without a keyboard."""
        self._must_have_keyboard()
        return input(self.lang.say(question, **params))

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """The open workspace, closed at the end. Single-threaded: this thread owns the store."""
        from migdesk.services import keys  # noqa: PLC0415
        from migdesk.services import session as sessions  # noqa: PLC0415 - loads the database library
        from migdesk.services.reference import read_codebook  # noqa: PLC0415

        home = self.home
        keys.must_exist(home)  # before anybody types a passphrase
        session = sessions.unlock(home, self.passphrase(), self.clock, read_codebook(), kdf=self.kdf)
        for warning in session.warnings:
            self.tell(warning)
        try:
            yield session
        finally:
            sessions.close(session)

    def _secret(self, file: Path | None, variable: str, prompt: str, *, twice: bool) -> str:
        if file is not None:
            return _first_line(file)
        if variable in self.environment:
            return self.environment[variable]
        self._must_have_keyboard()
        typed = getpass.getpass(self.lang.say(prompt))
        if twice and typed != getpass.getpass(self.lang.say(N_("Once more: "))):
            raise UsageError(N_("The two passphrases differ."), hint=N_("Nothing was changed. Try again."))
        return typed

    def _must_have_keyboard(self) -> None:
        if not sys.stdin or not sys.stdin.isatty():
            raise UsageError(
                N_("There is no keyboard to ask at."),
                hint=N_("Give the passphrase by --passphrase-file or {variable}; confirm with --yes."),
                variable=PASSPHRASE,
            )


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvError(N_("{file} cannot be read."), hint=N_("Check that it is there."), file=file.name) from error


def binary_out(data: bytes) -> None:
    """Bytes to a pipe or a redirected file. Raises UsageError at a terminal."""
    if sys.stdout.isatty():
        raise UsageError(N_("This is a file, not text."), hint=N_("Name it with --out FILE."))
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ
