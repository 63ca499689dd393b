"""`workspace create | info | passwd | wipe`."""

from dataclasses import replace

from migdesk.cli.console import Console
from migdesk.errors import EXIT_DONE, UserError
from migdesk.i18n.markers import N_
from migdesk.services import keys, settings, wiping
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook


def workspace(console: Console) -> int:
    {"create": _create, "info": _info, "passwd": _passwd, "wipe": _wipe}[console.args.act](console)
    return EXIT_DONE


def _create(console: Console) -> None:
    args, home = console.args, console.home
    if sessions.info(home).exists:
        raise UserError(
            N_("There is a workspace in this folder already."), hint=N_("Open it, or choose another folder.")
        )
    sessions.create_workspace(
        home,
        username=args.user,
        display_name=args.name,
        role=args.role,
        area=" ".join(args.area),
        passphrase=console.first_passphrase(),
        clock=console.clock,
        codes=read_codebook(),
    )
    if args.language:
        settings.write_interface(home, replace(settings.read_interface(home), language=args.language))
    words = console.lang.say(N_("The workspace is ready: {home}"), home=home)
    console.put({"status": "created", "home": str(home), "user": args.user}, words)


def _info(console: Console) -> None:
    found = sessions.info(console.home)
    created = found.created.isoformat().replace("+00:00", "Z") if found.created else None
    say = console.lang.say
    if not found.exists:
        words = say(N_("There is no workspace in {home}."), home=found.home)
    else:
        state = say(N_("open in another program")) if found.open_elsewhere else say(N_("closed"))
        when = console.lang.moment(found.created) if found.created else "-"
        size = console.lang.number(found.store_bytes)
        words = say(
            N_("Workspace: {home}\nMade: {when}\nSize: {size} bytes\nState: {state}"),
            home=found.home, when=when, size=size, state=state,
        )  # fmt: skip
    console.put(
        {
            "home": str(found.home),
            "exists": found.exists,
            "open_elsewhere": found.open_elsewhere,
            "bytes": found.store_bytes,
            "created": created,
        },
        words,
    )


def _passwd(console: Console) -> None:
    keys.must_exist(console.home)  # before anybody types a passphrase
    old, new = console.passphrase(), console.new_passphrase()
    keys.change_passphrase(console.home, old, new, console.clock, kdf=console.kdf)
    console.put({"status": "changed"}, console.lang.say(N_("The passphrase is changed.")))


def _wipe(console: Console) -> None:
    """Counts what would be lost only if a passphrase is at hand: whoever has to be quick must not need it."""
    waiting = None
    if console.has_passphrase() and sessions.info(console.home).exists:
        with console.session() as session:
            waiting = sessions.unsent(session)
    if not console.args.yes:
        if waiting:
            console.warn(N_("{n} changes exist only here and would be lost."), n=waiting)
        word = console.lang.say(wiping.WORD)
        typed = console.ask(N_("This destroys the workspace for ever. Type {word} to go on: "), word=word)
        if not wiping.is_word(typed, word):
            raise UserError(N_("Nothing was destroyed."))
    done = sessions.wipe(console.home)
    words = console.lang.say(N_("The workspace is destroyed: {n} files."), n=done.files)
    console.put({"status": "wiped", "files": done.files, "unsent": waiting}, words)
