"""Photographs and documents to test with, made here: with a place, a camera, a text and a turned camera inside."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

CAMERA = b"SecretCameraMaker"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>XmpSecretPerson</secret></x:xmpmeta>'
TOP, BOTTOM = (200, 30, 30), (30, 30, 200)


def two_colours(width: int = 120, height: int = 80) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), BOTTOM)
    image.paste(TOP, (0, 0, width, height // 2))
    return image


def photo(image: Image.Image | None = None, *, orientation: int = 1, quality: int = 90, noisy: int = 0) -> bytes:
    """A JPEG as a telephone makes it: with position, camera, day, XMP, a comment and a small picture inside.

    `noisy`: a square of so many pixels of noise instead, which does not get smaller by compression.
    """
    picture = image or (Image.effect_noise((noisy, noisy), 80).convert("RGB") if noisy else two_colours())
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, CAMERA.decode()
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "S", (8.0, 35.0, 11.25), "E", (116.0, 32.0, 44.0)
    exif.get_ifd(0x8769)[0x9003] = "2026:02:03 08:00:00"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif, comment=b"CommentSecret", xmp=XMP, icc_profile=b"ICC" * 40)
    data = out.getvalue()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00IptcSecret"
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[2:] + b"TrailerSecret"


def drawing() -> bytes:
    """A PNG with text in it, plain and compressed, and a part behind its transparency."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "PngSecretAuthor")
    text.add_text("Place", "PngSecretPlace" * 9, zip=True)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    out = io.BytesIO()
    image = two_colours().convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.save(out, "PNG", pnginfo=text, exif=Image.Exif())
    return out.getvalue()


def png_chunks(data: bytes) -> list[bytes]:
    """The names of the chunks."""
    at, found = 8, []
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        found.append(data[at + 4 : at + 8])
        at += 12 + size
    return found


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that unfolds to gigabytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def document(pages: int = 2) -> bytes:
    """A PDF of some pages, red above and blue below."""
    out = io.BytesIO()
    first = two_colours(300, 400)
    first.save(out, "PDF", save_all=True, append_images=[two_colours(300, 400) for _ in range(pages - 1)])
    return out.getvalue()
