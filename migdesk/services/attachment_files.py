"""Takes in photographs and scans: told apart by content, cleaned of what they say beside the picture. Any thread.

Works on bytes in memory and touches neither disk nor store.
"""

import io
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migdesk.domain.attachment import MAX_BYTES
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.vault import blob_cipher

if TYPE_CHECKING:
    from PIL import Image

JPEG, PNG, PDF = "jpeg", "png", "pdf"
ENDINGS = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf"}
LONG_SIDE = 2_500
"""Pixels of a photograph of a document that is still easy to read."""
LARGE = 2 << 20
"""Bytes above which a picture is made smaller, unless its size is to be kept."""

_TAKEN, _EXIF_DETAILS = 0x9003, 0x8769
_PDF_LOOK = 1024
_ICC_MOST = 512 << 10
_TRIES = ((LONG_SIDE, 85), (LONG_SIDE, 75), (2_000, 75), (1_600, 70))
_ACCEPTED = N_("Photographs (JPEG), pictures (PNG) and PDF documents can be added.")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file as it is kept. `width` and `height` are 0 for a PDF; `pages` is 1 for a picture."""

    media_type: str
    data: bytes
    width: int = 0
    height: int = 0
    pages: int = 1
    taken_on: date | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A cleaned file, encrypted with a key of its own and named by the hash of its encrypted bytes."""

    cleaned: Cleaned
    blob_key: bytes
    sha256: bytes
    pieces: tuple[bytes, ...]


def read_file(path: Path) -> bytes:
    """The bytes of a file to be added. Raises EnvError if it cannot be read, UserError if it is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise EnvError(
            N_("{file} cannot be read."), hint=N_("Check the stick or the disk, and try again."), file=path.name
        ) from error
    _not_too_large(data)
    return data


def prepare(data: bytes, *, keep_size: bool = False) -> Prepared:
    """`clean`, then encrypt. Raises UserError."""
    import hashlib  # noqa: PLC0415 - with Pillow, only when somebody adds a file

    cleaned, key = clean(data, keep_size=keep_size), blob_cipher.new_key()
    pieces = tuple(blob_cipher.seal(key, cleaned.data))
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return Prepared(cleaned, key, digest.digest(), pieces)


def clean(data: bytes, *, keep_size: bool = False) -> Cleaned:
    """The file as it may be kept: a picture upright and without place, camera, text or preview inside; a PDF as it is.

    A large picture is made smaller unless `keep_size`. Raises UserError for a file that is too large, damaged,
    locked, none of the three kinds, or a picture that would fill the memory.
    """
    _not_too_large(data)
    found = media_of(data)
    cleaned = _document(data) if found == PDF else _picture(data, found, keep_size=keep_size)
    _not_too_large(cleaned.data)
    return cleaned


def was_made_smaller(source: bytes, made: Cleaned) -> bool:
    """Whether `clean` had to make the picture smaller. `source` is one that was cleaned."""
    from PIL import Image  # noqa: PLC0415

    with Image.open(io.BytesIO(source)) as image:
        return max(image.size) > max(made.width, made.height) or len(source) > LARGE


def media_of(data: bytes) -> str:
    """What kind of file this is by its content, whatever it is called. Raises UserError for any other kind."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if b"%PDF-" in data[:_PDF_LOOK]:
        return PDF
    if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"heif", b"avif"}:
        raise UserError(
            N_("This is a photograph in a format (HEIC) that cannot be kept."),
            hint=N_("Set the camera of the telephone to “most compatible”, or send the photograph as JPEG."),
        )
    raise UserError(N_("This is neither a photograph nor a PDF."), hint=_ACCEPTED)


def _not_too_large(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise UserError(
            N_("The file is larger than {most} MB."), hint=N_("Take the photograph again in a lower quality, or split "
            "the document."), most=MAX_BYTES >> 20,
        )  # fmt: skip


def _picture(data: bytes, media: str, *, keep_size: bool) -> Cleaned:
    from PIL import Image, ImageOps, JpegImagePlugin  # noqa: PLC0415

    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=[media.upper()])
        if image.width * image.height > (Image.MAX_IMAGE_PIXELS or 0):
            raise Image.DecompressionBombError
        exif = image.getexif()
        taken = _day(exif.get_ifd(_EXIF_DETAILS).get(_TAKEN))
        # As it was encoded: the same tables again lose next to nothing.
        same: dict[str, Any] = {
            "qtables": getattr(image, "quantization", None),
            "subsampling": _sampling(image, JpegImagePlugin),
        }
        image.load()
        upright = ImageOps.exif_transpose(image)
        bare = _bare(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise UserError(
            N_("The picture has too many pixels to be opened safely."), hint=N_("Take it again in a lower quality.")
        ) from error
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError, EOFError, zlib.error) as error:
        raise UserError(
            N_("The picture is damaged and cannot be read."), hint=N_("Take it again, or copy it again.")
        ) from error
    small = max(bare.size) <= LONG_SIDE and len(data) <= LARGE
    if keep_size or small:
        if media == PNG:
            out = _encoded(bare, "PNG", optimize=True)
        elif not same["qtables"] or bare.mode not in ("L", "RGB"):
            out = _encoded(bare, "JPEG", quality=95, subsampling=0)
        else:
            out = _encoded(bare, "JPEG", **same)
        if keep_size or len(out) <= LARGE:
            return Cleaned(media, out, bare.width, bare.height, taken_on=taken)
    out, size = _smaller(bare)
    return Cleaned(JPEG, out, *size, taken_on=taken)


def _sampling(image: "Image.Image", plugin: object) -> int:
    sampling = getattr(plugin, "get_sampling", None)
    return int(sampling(image)) if sampling is not None and hasattr(image, "layers") else -1


def _bare(image: "Image.Image") -> "Image.Image":
    """The pixels, the colour profile and the transparency, and nothing else that the file said."""
    kept: dict[str | tuple[int, int], Any] = {}
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and 0 < len(profile) <= _ICC_MOST:
        kept["icc_profile"] = profile
    if image.mode == "CMYK":
        image, kept = image.convert("RGB"), {}
    elif "transparency" in image.info and image.mode in ("P", "L", "RGB", "1"):
        image = image.convert("RGBA")
    elif image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    bare = image.copy()
    bare.info = dict(kept)
    bare.getexif().clear()
    return bare


def _encoded(image: "Image.Image", form: str, **how: object) -> bytes:
    out = io.BytesIO()
    if form == "JPEG" and image.mode not in ("L", "RGB"):
        image = _flat(image)
    profile = image.info.get("icc_profile")
    image.save(out, form, icc_profile=profile, **how)
    return out.getvalue()


def _flat(image: "Image.Image") -> "Image.Image":
    """On white, since a JPEG cannot be transparent."""
    from PIL import Image  # noqa: PLC0415

    clear = image.convert("RGBA")
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A"))
    paper.info = dict(image.info)
    return paper


def _smaller(image: "Image.Image") -> tuple[bytes, tuple[int, int]]:
    """A JPEG of at most `LARGE` bytes that can still be read."""
    from PIL import Image  # noqa: PLC0415

    flat = image if image.mode in ("L", "RGB") else _flat(image)
    out = b""
    for side, quality in _TRIES:
        if max(flat.size) > side:
            profile = flat.info
            flat = flat.copy()
            flat.thumbnail((side, side), Image.Resampling.LANCZOS)
            flat.info = dict(profile)
        out = _encoded(flat, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(out) <= LARGE:
            break
    return out, flat.size


def _day(text: object) -> date | None:
    """The day in `2026:11:23 08:00:00`, if the camera says one that can be."""
    try:
        return datetime.strptime(str(text)[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


def _document(data: bytes) -> Cleaned:
    from migdesk.services.attachment_pages import count_pages  # noqa: PLC0415

    return Cleaned(PDF, data, pages=count_pages(data))
