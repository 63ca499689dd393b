"""`recovery key | trust | request | answer | open`: a forgotten passphrase, mended without a network.

The texts alone go to the standard output, so that they can be sent to a file that the other side names.
"""

import sys
from pathlib import Path

from migdesk.cli.console import Console
from migdesk.errors import EXIT_DONE, UserError
from migdesk.i18n.markers import N_
from migdesk.services import enrolment_codes
from migdesk.services import recovery as service
from migdesk.vault.atomic_file import write_atomic


def recovery(console: Console) -> int:
    {"key": _key, "trust": _trust, "request": _request, "answer": _answer, "open": _open}[console.args.act](console)
    return EXIT_DONE


def _key(console: Console) -> None:
    with console.session() as session:
        own = service.own_key(session)
    console.put({"key": own.text, "words": own.words}, own.text)
    console.warn(N_("Words: {words}"), words=own.words)
    _draw(console, own.text)


def _trust(console: Console) -> None:
    text = _given(console)
    with console.session() as session:
        taken = service.trust(lambda fn: fn(), session, text, console.passphrase())
    words = console.lang.say(N_("From now on this supervisor can help if you forget the passphrase."))
    compare = console.lang.say(N_("Compare these words with your supervisor: {words}"), words=taken.words)
    console.put({"status": "trusted", "words": taken.words}, f"{words}\n{compare}")


def _request(console: Console) -> None:
    asked = service.request(console.home, console.clock)
    until = asked.until.isoformat().replace("+00:00", "Z")
    console.put({"request": asked.text, "words": asked.words, "until": until}, asked.text)
    console.warn(
        N_("Give this to your supervisor until {when}, and read out the words: {words}"),
        when=console.lang.moment(asked.until), words=asked.words,
    )  # fmt: skip
    _draw(console, asked.text)


def _answer(console: Console) -> None:
    text = _given(console)
    with console.session() as session:
        seen = service.look(session, text)
        console.warn(N_("Laptop {device} of user {user}. Words: {words}"), device=seen.device, user=seen.user or "?",
                     words=seen.words)  # fmt: skip
        if not console.args.yes:
            word = console.lang.say(N_("YES"))
            question = N_("Have you seen or heard the person, and are the words the same? Type {word} to go on: ")
            if console.ask(question, word=word).strip().upper() != word:
                raise UserError(N_("Nothing was answered."))
        answer = service.answer(session, text)
    console.put({"answer": answer, "device": seen.device, "user": seen.user}, answer)
    _draw(console, answer)


def _open(console: Console) -> None:
    service.open_answer(console.home, _given(console), console.new_passphrase(), console.clock, console.kdf)
    console.put({"status": "opened"}, console.lang.say(N_("The new passphrase is set. Nothing was lost.")))


def _given(console: Console) -> str:
    """The text of the file that was named."""
    name = console.args.file
    return sys.stdin.read(service.MOST_TEXT) if name == "-" else service.read_file(Path(name))


def _draw(console: Console, text: str) -> None:
    """The same as a QR code."""
    if console.args.qr == "-":
        if not console.args.json:
            console.put({}, enrolment_codes.qr_terminal(service.qr_text(text)))
    elif console.args.qr:
        write_atomic(Path(console.args.qr), service.qr_png(text))
