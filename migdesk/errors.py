"""The three kinds of trouble, told apart where it happens (DESIGN 8).

A message is a translatable English sentence with named placeholders (`"{file} is damaged"`); `params` fill it. It
never holds what a person typed: it may reach a log. `hint` says what is safe and what to do, and is translated too.
"""

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3


class MigDeskError(Exception):
    """Base of all errors that are told to a person. `exit_code` is what the command line ends with."""

    exit_code = EXIT_FAILED

    def __init__(self, message: str, /, *, hint: str = "", **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.params = params

    def __str__(self) -> str:
        return self.message.format_map(self.params)


class UserError(MigDeskError):
    """The person can mend it: say what, and offer the way out."""


class UsageError(UserError):
    """The command line was called the wrong way."""

    exit_code = EXIT_USAGE


class RefusedError(UserError):
    """Rights, consent or a signature forbid it."""

    exit_code = EXIT_REFUSED


class EnvError(MigDeskError):
    """The surroundings fail (disk full, no network, wrong clock): say it and keep the work."""


class BugError(MigDeskError):
    """Our own mistake: kept work, scrubbed report."""
