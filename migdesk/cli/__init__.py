"""The verbs without a window (DESIGN 12). `main` is the one door: every error becomes words and an exit code here."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migdesk.cli.console import HOME, Console
from migdesk.cli.parser import make_parser
from migdesk.clock import Clock
from migdesk.errors import EXIT_DONE, EXIT_FAILED, EnvError, MigDeskError
from migdesk.i18n import Language, load
from migdesk.i18n.markers import N_
from migdesk.paths import default_home

if TYPE_CHECKING:
    from migdesk.cli.servers import Servers
    from migdesk.vault.key_wrap import Argon2Params

_INTERRUPTED = 130


def main(
    argv: Sequence[str],
    environment: Mapping[str, str] = os.environ,
    clock: Clock | None = None,
    servers: "Servers | None" = None,
    kdf: "Argon2Params | None" = None,
) -> int:
    """Run one verb; the exit code. `argv` is without the program's name; `servers` opens the central server, `kdf` is
    what a passphrase costs at least (tests make it cheap)."""
    lang = language(argv, environment)
    console = None
    try:
        args = make_parser(lang).parse_args(list(argv))
        console = Console(args, lang, environment, clock, servers, kdf)
        code = _act(args.verb)(console)
        sys.stdout.flush()
    except SystemExit as stop:  # --help and --version end inside argparse
        return int(stop.code or EXIT_DONE)
    except MigDeskError as error:
        _tell(lang, error)
        return error.exit_code
    except KeyboardInterrupt:
        print(lang.say(N_("Stopped. What was done before is kept.")), file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away: nothing is left to say, and Python must not say it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except OSError as error:
        _tell(lang, EnvError(N_("The computer refused: {reason}."), reason=error.strerror or type(error).__name__))
        return EXIT_FAILED
    return code


def language(argv: Sequence[str], environment: Mapping[str, str]) -> Language:
    """MIGDESK_LANG, else the choice kept in the workspace, else Indonesian; before anything is parsed."""
    if environment.get("MIGDESK_LANG"):
        return load(environment["MIGDESK_LANG"])
    home = default_home()
    if environment.get(HOME):
        home = Path(environment[HOME])
    for at, word in enumerate(argv):
        if word == "--home" and at + 1 < len(argv):
            home = Path(argv[at + 1])
        elif word.startswith("--home="):
            home = Path(word.partition("=")[2])
    return load(_kept_language(home))


def _kept_language(home: Path) -> str:
    """The language of HOME/ui.json. Read here and not by `services.settings`, whose import loads the vault."""
    import json

    try:
        kept = json.loads((home / "ui.json").read_text(encoding="utf-8"))
        return str(kept["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return "id"


def _act(verb: str) -> Callable[[Console], int]:
    """The function of a verb. Each group loads only what it needs, so that `--help` is there at once."""
    # ruff: noqa: PLC0415
    if verb == "workspace":
        from migdesk.cli.workspace import workspace as act
    elif verb == "server":
        from migdesk.cli.server import server as act
    elif verb in ("enrol", "sync", "key"):
        from migdesk.cli.exchange import exchange as act
    elif verb == "room":
        from migdesk.cli.room import serve as act
    elif verb == "bundle":
        from migdesk.cli.bundles import bundle as act
    elif verb == "records":
        from migdesk.cli.records import records as act
    elif verb == "attachments":
        from migdesk.cli.attachments import attachments as act
    elif verb == "conflicts":
        from migdesk.cli.conflicts import conflicts as act
    elif verb in ("report", "export"):
        from migdesk.cli.reports import reports as act
    elif verb == "import":
        from migdesk.cli.imports import imports as act
    else:
        return _care(verb)
    return act


def _care(verb: str) -> Callable[[Console], int]:
    """The same for the verbs that keep a workspace safe."""
    if verb == "recovery":
        from migdesk.cli.recovery import recovery as act
    elif verb == "audit":
        from migdesk.cli.audits import audits as act
    else:
        from migdesk.cli.backups import backups as act
    return act


def _tell(lang: Language, error: MigDeskError) -> None:
    message, hint = lang.error(error)
    print(message, file=sys.stderr)
    if hint:
        print(hint, file=sys.stderr)
