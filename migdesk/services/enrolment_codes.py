"""One-time enrolment codes as people hand them on: a line of text and a QR code of it. Draws in memory; any thread."""

import io
from typing import TYPE_CHECKING

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.vault.enrolment import LINK, EnrolmentFormError, EnrolmentLink, server_fingerprint

if TYPE_CHECKING:
    import segno

_BORDER = 4
_PIXELS = 8


def link_text(url: str, code: str, server_key: bytes = b"") -> str:
    """`migdesk:enrol?u=...&c=...&f=...`; with the server's signing key the laptop also makes sure who answers."""
    return str(EnrolmentLink(url.strip().rstrip("/"), code, server_fingerprint(server_key) if server_key else ""))


def is_link(text: str) -> bool:
    """Whether somebody pasted or scanned a link, whole or damaged, rather than typed a code."""
    return text.strip().lower().startswith(LINK)


def read_link(text: str) -> EnrolmentLink:
    """Address, code and fingerprint of a link. Raises UserError if it is damaged."""
    try:
        return EnrolmentLink.parse(text)
    except EnrolmentFormError as error:
        raise UserError(
            N_("This is no enrolment code of MigDesk, or a part of it is missing."),
            hint=N_("Scan it again, or type the address and the code."),
        ) from error


def link_parts(text: str) -> tuple[str, str] | None:
    """Address and code of a link, for the fields of a form; None while it is not whole."""
    try:
        link = EnrolmentLink.parse(text)
    except EnrolmentFormError:
        return None
    return link.url, link.code


def qr_svg(text: str) -> str:
    """An inline SVG, black on white, for a page: it has a size by its viewBox only and needs no style of its own."""
    out = io.BytesIO()
    _code(text).save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=_BORDER, light="#fff")
    return out.getvalue().decode("utf-8")


def qr_png(text: str) -> bytes:
    """A PNG picture."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=_PIXELS, border=_BORDER)
    return out.getvalue()


def qr_terminal(text: str) -> str:
    """Lines of half blocks, for a dark or light terminal."""
    out = io.StringIO()
    _code(text).terminal(out, compact=True, border=_BORDER)
    return out.getvalue()


def _code(text: str) -> "segno.QRCode":
    import segno  # noqa: PLC0415 - who only reads a link draws nothing

    # Level M survives a fold or a thumb; higher ones make the picture too fine for cheap cameras.
    return segno.make_qr(text, error="m")
