"""Taking in a file: told apart by content, cleaned, limited; nothing of what the camera knew stays inside."""

import io
from pathlib import Path

import pytest
from PIL import Image

from migdesk.domain.attachment import MAX_BYTES
from migdesk.errors import EnvError, UserError
from migdesk.services.attachment_files import LARGE, LONG_SIDE, clean, prepare, read_file
from migdesk.services.attachment_pages import render
from migdesk.vault import blob_cipher
from tests.support import pictures

SECRETS = (pictures.CAMERA, b"Exif", b"XmpSecret", b"CommentSecret", b"IptcSecret", b"TrailerSecret", b"8BIM", b"xap")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("keep_size", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_place_camera_and_texts_are_gone_and_the_picture_is_upright(orientation: int, keep_size: bool) -> None:
    turned = {3: 180, 6: 90, 8: 270}
    upright = pictures.two_colours()
    stored = upright.rotate(turned.get(orientation, 0), expand=True)
    source = pictures.photo(stored, orientation=orientation)
    assert opened(source).getexif().get_ifd(0x8825), "the photograph must have had a place in it"
    assert all(secret in source for secret in SECRETS)
    made = clean(source, keep_size=keep_size)
    assert [secret for secret in SECRETS if secret in made.data] == []
    image = opened(made.data)
    assert dict(image.getexif()) == {}
    assert image.info.get("icc_profile") == b"ICC" * 40
    if orientation in {1, 3, 6, 8}:
        assert image.size == (made.width, made.height) == upright.size
        red, blue = image.getpixel((60, 5)), image.getpixel((60, 75))
        assert isinstance(red, tuple)
        assert isinstance(blue, tuple)
        assert red[0] > 150 > red[2]
        assert blue[2] > 150 > blue[0]


def test_the_day_is_kept_beside_the_picture() -> None:
    assert str(clean(pictures.photo()).taken_on) == "2026-02-03"


def test_a_png_keeps_pixels_and_transparency_and_no_text() -> None:
    source = pictures.drawing()
    assert {b"tEXt", b"zTXt", b"iTXt"} <= set(pictures.png_chunks(source))
    made = clean(source)
    assert (made.media_type, made.width, made.height) == ("png", 120, 80)
    assert set(pictures.png_chunks(made.data)) <= {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"iCCP"}
    assert b"Secret" not in made.data
    assert opened(made.data).tobytes() == opened(source).tobytes()


def test_a_large_photograph_is_made_smaller_unless_it_is_to_keep_its_size() -> None:
    source = pictures.photo(pictures.two_colours(3200, 2400))
    assert clean(source, keep_size=True).width == 3200
    made = clean(source)
    assert max(made.width, made.height) == LONG_SIDE
    heavy = clean(pictures.photo(noisy=1900, quality=97))
    assert heavy.media_type == "jpeg"
    assert len(heavy.data) <= LARGE


def test_a_file_is_what_it_holds_and_not_what_it_is_called(tmp_path: Path) -> None:
    lie = tmp_path / "photo.jpg"
    lie.write_bytes(b"MZ\x90\x00" + bytes(500))
    with pytest.raises(UserError, match="neither a photograph nor a PDF"):
        clean(read_file(lie))
    lie.write_bytes(pictures.document())
    assert clean(read_file(lie)).media_type == "pdf"
    with pytest.raises(UserError, match="HEIC"):
        clean(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    with pytest.raises(EnvError):
        read_file(tmp_path / "missing.jpg")


def test_more_than_20_mb_is_refused(tmp_path: Path) -> None:
    big = tmp_path / "big.jpg"
    big.write_bytes(pictures.photo() + bytes(MAX_BYTES))
    with pytest.raises(UserError, match="larger than"):
        read_file(big)
    with pytest.raises(UserError, match="larger than"):
        clean(big.read_bytes())


def test_what_would_fill_the_memory_is_refused() -> None:
    for side in (10_000, 30_000):
        source = pictures.bomb(side)
        assert len(source) < 10_000
        with pytest.raises(UserError, match="too many pixels"):
            clean(source)


@pytest.mark.parametrize("kept", [3, 20, 200, 0.5, 0.9])
def test_what_is_damaged_is_refused_in_words(kept: float) -> None:
    for source in (pictures.photo(), pictures.drawing(), pictures.document()):
        size = int(kept) if kept >= 1 else int(len(source) * kept)
        data = source[:size]
        try:
            made = clean(data)
        except UserError:
            continue
        assert render(made.data, made.media_type, side=50).width


def test_a_document_with_a_password_is_refused() -> None:
    source = pictures.document(1)
    locked = source.replace(b"/Root", b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <00> /U <00> /P -4 >>\n/Root")
    with pytest.raises(UserError, match=r"password|damaged"):
        clean(locked)


def test_pages_and_pictures_are_shown_upright_and_small() -> None:
    made = clean(pictures.document(3))
    assert made.pages == 3
    for data, media in ((made.data, "pdf"), (clean(pictures.photo()).data, "jpeg"), (pictures.drawing(), "png")):
        shown = render(data, media, side=100)
        assert max(shown.width, shown.height) == 100
        assert len(shown.rgb) == 3 * shown.width * shown.height
        top, bottom = shown.rgb[3 * 50 : 3 * 50 + 3], shown.rgb[-150:-147]
        assert top[0] > 150 > top[2]
        assert bottom[2] > 150 > bottom[0]
    with pytest.raises(UserError):
        render(made.data, "pdf", side=100, page=3)
    with pytest.raises(UserError):
        render(b"nothing", "jpeg", side=100)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_sealed_pieces_open_only_whole_and_in_order(size: int) -> None:
    key, data = blob_cipher.new_key(), bytes(i * 7 % 251 for i in range(size))
    pieces = blob_cipher.seal(key, data)
    sealed = b"".join(pieces)
    assert len(sealed) == blob_cipher.sealed_size(size)
    assert blob_cipher.unseal(key, sealed) == data
    wrong = [sealed[:-1], sealed + b"x", bytes(16) + sealed[16:], sealed[:-16]]
    if len(pieces) > 1:
        wrong += [b"".join(pieces[:-1]), b"".join(pieces[::-1])]
    for one in wrong:
        with pytest.raises(blob_cipher.BlobDamagedError):
            blob_cipher.unseal(key, one)


def test_the_same_file_twice_has_two_keys_and_two_names() -> None:
    one, two = prepare(pictures.photo()), prepare(pictures.photo())
    assert one.cleaned == two.cleaned
    assert one.blob_key != two.blob_key
    assert one.sha256 != two.sha256
