"""Attachments as pixels for a screen: pictures and pages of PDF documents, in memory only. Any thread but the GUI's."""

import io
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migdesk.errors import UserError
from migdesk.i18n.markers import N_

if TYPE_CHECKING:
    from PIL import Image

THUMBNAIL = 160
"""Pixels of the longer side."""
PAGES_MOST = 2_000
_SIDE_MOST = 4_000

_ONE_AT_A_TIME = threading.Lock()
"""PDFium serves one thread at a time in the whole process, whoever asks; so no object of ours can own this."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, three bytes each (red, green, blue), rows one after the other."""

    width: int
    height: int
    rgb: bytes


def render(data: bytes, media_type: str, *, side: int, page: int = 0) -> Picture:
    """A picture or a page (from 0), at most `side` pixels long. Raises UserError if it cannot be shown."""
    side = max(1, min(side, _SIDE_MOST))
    return _page(data, page, side) if media_type == "pdf" else _image(data, side)


def count_pages(data: bytes) -> int:
    """How many pages a PDF has. Raises UserError if it is damaged, locked or empty."""
    import pypdfium2  # type: ignore[import-untyped] # noqa: PLC0415 - only when somebody adds or looks at one
    from pypdfium2 import raw  # noqa: PLC0415

    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise _locked() if "assword" in str(error) else _damaged() from error
        try:
            if raw.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
                raise _locked()
            pages = len(document)
            if pages:
                _opens(document)
        finally:
            document.close()
    if not 0 < pages <= PAGES_MOST:
        raise _damaged()
    return pages


def _opens(document: Any) -> None:
    import pypdfium2  # noqa: PLC0415

    try:
        document[0].close()
    except pypdfium2.PdfiumError as error:
        raise _damaged() from error


def _page(data: bytes, number: int, side: int) -> Picture:
    import pypdfium2  # noqa: PLC0415

    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise _damaged() from error
        try:
            page = document[number]
            longest = max(page.get_size()) or 1
            bitmap = page.render(scale=min(side / longest, 8), draw_annots=True, may_draw_forms=False)
            image = bitmap.to_pil().convert("RGB")
            page.close()
        except (pypdfium2.PdfiumError, IndexError, ValueError, MemoryError) as error:
            raise _damaged() from error
        finally:
            document.close()
    return _picture(image)


def _image(data: bytes, side: int) -> Picture:
    from PIL import Image  # noqa: PLC0415

    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG"])
        image.draft("RGB", (side, side))
        image.load()
        if max(image.size) > side:
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
        return _picture(_on_white(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError) as error:
        raise _damaged() from error


def _on_white(image: "Image.Image") -> "Image.Image":
    from PIL import Image  # noqa: PLC0415

    if image.mode in ("RGB", "L", "1", "CMYK"):
        return image.convert("RGB")
    clear = image.convert("RGBA")
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A"))
    return paper


def _picture(image: "Image.Image") -> Picture:
    return Picture(image.width, image.height, image.tobytes())


def _damaged() -> UserError:
    return UserError(N_("The document is damaged and cannot be shown."), hint=N_("Ask for it once more."))


def _locked() -> UserError:
    return UserError(
        N_("The document is locked with a password."),
        hint=N_("Save it again without a password, or take a photograph of its pages."),
    )
