"""What is taken for a picture, and what it becomes: files as cameras, programs and attackers make them."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from PIL import Image, ImageCms

from services.products.images import decoding
from services.products.images.copies import copies_of, keys_of, write_picture
from services.products.images.decoding import PictureFault, decoded
from services.stored_files import copy_key, whole_key
from tests.worlds.pictures import picture, png_of_size, png_with, written

Decode = Callable[[bytes], Image.Image]
_ORIENTATION, _GPS, _DESCRIPTION = 0x0112, 0x8825, 0x010E
RED, WHITE, BLUE = (255, 0, 0), (255, 255, 255), (0, 0, 255)


@pytest.fixture
def decode(tmp_path: Path) -> Decode:
    def answer(content: bytes) -> Image.Image:
        source = tmp_path / "sent"
        source.write_bytes(content)
        return decoded(source)

    return answer


def is_near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) < 6 for one, other in zip(found, wanted, strict=True))


def noise(format_: str) -> bytes:
    return written(Image.frombytes("RGB", (220, 220), os.urandom(220 * 220 * 3)), format_)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "no JPEG, PNG or WebP", id="nothing"),
        pytest.param(b"this is a text\n", "no JPEG, PNG or WebP", id="a text"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVEfmt ", "no JPEG, PNG or WebP", id="a sound"),
        pytest.param(picture(format_="GIF"), "GIF is not taken", id="a GIF"),
        pytest.param(b"GIF89a\xff\xff\xff\xff\xf7\x00\x00", "GIF is not taken", id="a GIF that says it is huge"),
        pytest.param(picture(format_="BMP"), "no JPEG, PNG or WebP", id="a BMP"),
        pytest.param(png_of_size(30_000, 30_000), "30,000 x 30,000 pixels", id="a bomb"),
        pytest.param(png_of_size(0, 300), "cut short or damaged|each side needs", id="no width"),
        pytest.param(
            b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2 + bytes(40),
            "16,384 x 16,384 pixels",
            id="a WebP that says it is huge",
        ),
        pytest.param(picture(size=(199, 400)), "199 x 400 pixels", id="a small one"),
        pytest.param(b"\xff\xd8\xff" + b"\xff\xda" * 201, "passes over its picture", id="too many scans"),
        pytest.param(b"\xff\xd8" + b"\xff\xe1\0\x0aExif\0\0aa" * 1_500_000, "blocks of metadata", id="too much EXIF"),
        pytest.param(b"\xff\xd8\xff\xe0 and nothing else", "cut short or damaged", id="a beginning alone"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(decode: Decode, content: bytes, told: str) -> None:
    with pytest.raises(PictureFault) as caught:
        decode(content)
    assert any(each in caught.value.message for each in told.split("|")), caught.value.message


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_ends_anywhere_in_it_is_refused(decode: Decode, format_: str) -> None:
    content = noise(format_)
    assert decode(content).size == (220, 220)
    for length in (12, 16, 29, 31, 40, 100, 600, len(content) // 2, len(content) - 100):
        with pytest.raises(PictureFault):
            decode(content[:length])


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_are_a_picture_or_refused_and_nothing_else(decode: Decode, format_: str) -> None:
    content = noise(format_)
    for place in range(4, 200, 3):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            assert decode(bytes(damaged)).mode == "RGB"
        except PictureFault:
            continue


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_upright_and_nothing_is_left_of_its_metadata(tmp_path: Path, format_: str) -> None:
    image = Image.new("RGB", (400, 300), "red")
    image.paste("blue", (0, 0, 400, 20))
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_DESCRIPTION] = 6, "a secret of the camera"
    exif.get_ifd(_GPS).update({1: "N", 2: (48.0, 8.0, 13.0)})
    (tmp_path / "sent").write_bytes(written(image, format_, exif=exif, comment=b"a secret comment"))
    made = write_picture(tmp_path / "sent", tmp_path)
    assert (made.width, made.height) == (300, 400)
    assert [each.width for each in made.files] == [None, 160]
    for each in made.files:
        with Image.open(each.path) as found:
            assert (found.format, found.mode) == ("JPEG", "RGB")
            assert not found.getexif()
            assert {*found.info} <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            # Its upper edge lies on the right when it stands as the camera was held.
            assert is_near(found.getpixel((found.width - 3, found.height // 2)), BLUE)
            assert is_near(found.getpixel((5, found.height // 2)), RED)
        assert b"secret" not in each.path.read_bytes()
    assert made.bytes == made.files[0].path.stat().st_size


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_metadata_that_nobody_can_read_costs_no_picture(decode: Decode) -> None:
    odd: tuple[dict[str, Any], ...] = (
        {"exif": b"Exif\0\0II*\0\xff\xff\xff\xff"},
        {"exif": b"Exif\0\0?"},
        {"icc_profile": b"none" * 40},
    )
    for options in odd:
        assert is_near(decode(picture(format_="JPEG", **options)).getpixel((9, 9)), RED)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_metadata_that_is_enormous_once_unpacked_costs_no_picture(decode: Decode, kind: bytes) -> None:
    """Programs write such profiles and texts, and nothing of them is kept."""
    packed = zlib.compress(bytes(30_000_000))
    content = {b"iTXt": b"key\0\1\0en\0key\0"}.get(kind, b"key\0\0") + packed
    assert is_near(decode(png_with((kind, content))).getpixel((9, 9)), RED)
    # Those that nobody can unpack, and those that are not packed, are as they were.
    for other in (b"key\0\0" + b"no zlib", b"key", b"", b"key\0\0\0en\0key\0" + b"x" * 2_000_000):
        if kind != b"iCCP" or other.startswith(b"key\0"):
            assert is_near(decode(png_with((kind, other))).getpixel((9, 9)), RED)


def test_ten_thousand_packed_texts_cost_no_time(decode: Decode) -> None:
    text, began = b"key\0\0" + zlib.compress(bytes(900_000)), thread_time()
    assert is_near(decode(png_with(*[(b"zTXt", text)] * 10_000)).getpixel((9, 9)), RED)
    assert thread_time() - began < 5


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        pytest.param(written(Image.new("RGBA", (300, 300), (0, 0, 0, 0))), WHITE, id="nothing at all"),
        pytest.param(written(Image.new("RGBA", (300, 300), (255, 0, 0, 128))), (255, 127, 127), id="half of it"),
        pytest.param(written(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "WEBP"), WHITE, id="WebP"),
        pytest.param(written(Image.new("LA", (300, 300), (0, 0))), WHITE, id="grey"),
        pytest.param(written(Image.new("P", (300, 300), 0), transparency=0), WHITE, id="of a palette"),
        pytest.param(written(Image.new("L", (300, 300), 7), transparency=7), WHITE, id="one shade of grey"),
        pytest.param(written(Image.new("L", (300, 300), 9)), (9, 9, 9), id="no transparency"),
        pytest.param(written(Image.new("1", (300, 300), 1)), WHITE, id="of one bit"),
        pytest.param(written(Image.new("I;16", (300, 300), 40_000)), (156, 156, 156), id="of 16 bits"),
        pytest.param(written(Image.new("CMYK", (300, 300), (0, 255, 255, 0)), "JPEG"), RED, id="for print"),
    ],
)
def test_every_kind_of_colours_becomes_rgb_upon_white(
    decode: Decode, content: bytes, colour: tuple[int, int, int]
) -> None:
    found = decode(content)
    assert (found.mode, found.size) == ("RGB", (300, 300))
    assert is_near(found.getpixel((150, 150)), colour)


def test_colours_of_another_space_become_those_of_srgb(decode: Decode) -> None:
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert is_near(decode(picture(format_="JPEG", icc_profile=own)).getpixel((9, 9)), RED)
    # One that is for other colours than the picture has counts for nothing.
    cmyk = written(Image.new("CMYK", (300, 300), (0, 255, 255, 0)), "JPEG", icc_profile=own)
    assert is_near(decode(cmyk).getpixel((9, 9)), RED)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(decode: Decode, format_: str) -> None:
    second = Image.new("RGB", (400, 300), "blue")
    found = decode(picture("red", format_=format_, save_all=True, append_images=[second], duration=100))
    assert is_near(found.getpixel((200, 150)), RED)


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_large_picture_is_made_smaller_and_keeps_its_shape(decode: Decode, format_: str) -> None:
    assert decode(picture(size=(4_400, 2_200), format_=format_)).size == (2_000, 1_000)
    assert decode(picture(size=(200, 4_000), format_=format_)).size == (100, 2_000)
    assert decode(picture(size=(2_000, 2_000), format_=format_)).size == (2_000, 2_000)


def test_pillows_own_limit_is_neither_asked_nor_changed(decode: Decode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    monkeypatch.setattr(decoding, "MOST_PIXELS", 400 * 300)
    assert decode(picture(format_="JPEG")).size == (400, 300)
    with pytest.raises(PictureFault, match="401 x 300"):
        decode(picture(size=(401, 300)))
    assert Image.MAX_IMAGE_PIXELS == 10


def test_copies_are_narrower_than_the_picture_and_their_keys_lead_back() -> None:
    assert copies_of(160) == []
    assert copies_of(161) == [160]
    assert copies_of(2_000) == [160, 320, 640, 1_280]
    keys = keys_of("tenant/products/product/abc-1.jpg", 641)
    assert keys[0] == "tenant/products/product/abc-1.jpg"
    assert keys[1:] == [copy_key(keys[0], width) for width in (160, 320, 640)]
    assert {whole_key(each) for each in keys} == {keys[0]}
    for other in ("tenant/exports/a-w160.csv", "tenant/exports/a.csv", "tenant/products/p/a-wide.jpg"):
        assert whole_key(other) == other
