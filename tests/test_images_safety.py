"""Hostile, damaged and enormous pictures: nothing is executed, memory is bounded, pixels that are there are read."""

from __future__ import annotations

import io
import logging
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from deeppose.data.formats import FORMATS, SUFFIXES
from deeppose.data.images import as_rgb, read_frames, read_image, upright_size
from deeppose.data.limits import MAX_PIXELS, WEIGHTS
from deeppose.errors import ImageError


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    y, x = np.mgrid[0:60, 0:90]
    return np.stack([x * 2, y * 4, (x + y) % 150], axis=-1).astype(np.uint8)


def encoded(picture: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(file, kind, **options)
    return file.getvalue()


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(owned) print\n%%EOF\n"


@pytest.mark.parametrize("name", ["a.eps", "a.jpg", "a.png"])
def test_postscript_is_no_picture_and_starts_no_process(tmp_path: Path, name: str) -> None:
    started: list[str] = []
    heard = threading.get_ident()

    def hook(event: str, _: tuple[object, ...]) -> None:
        if (
            event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec")
            and threading.get_ident() == heard
        ):
            started.append(event)

    sys.addaudithook(hook)
    (tmp_path / name).write_bytes(EPS)
    with pytest.raises(ImageError, match="not a picture in a format we read"):
        read_image(tmp_path / name)
    assert not started
    assert not {"EPS", "WMF", "GRIB", "PSD"} & set(FORMATS)
    assert {".jpg", ".apng", ".avif", ".heic", ".jp2", ".mpo", ".pgm", ".tif", ".webp"} <= SUFFIXES
    assert ".eps" not in SUFFIXES


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8) -> bytes:
    """A PNG that only states its size, and what else it is told to."""
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    body = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in body
    )


def webp(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    chunk = b"VP8L" + struct.pack("<I", 14) + b"\x2f" + struct.pack("<I", bits) + b"\0" * 9
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def test_bombs_are_refused_by_their_headers(tmp_path: Path) -> None:
    small = encoded(np.zeros((8, 8, 3), np.uint8), "JPEG2000")
    bombs = {
        "tall.png": png(1, 170_000_000),
        "wide.png": png(60_000, 60_000),
        "a.webp": webp(16383, 16383),
        "a.ppm": b"P6 30000 30000 255\n",
        "a.jp2": small.replace(struct.pack(">II", 8, 8), struct.pack(">II", 16000, 16000)),
    }
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-c", REFUSED, *(str(tmp_path / name) for name in bombs)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = run.stdout.splitlines()
    assert run.stderr == ""
    assert len(lines) == len(bombs) + 1
    for name, line in zip(bombs, lines, strict=False):
        assert name in line
        assert "make it smaller" in line
    assert int(lines[-1]) < 200  # MB, Python, NumPy and Pillow included


PEAK = """
def peak():
    # VmHWM is this program's own peak; getrusage would count the process it was started from.
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024
"""

REFUSED = (
    PEAK
    + """
import sys
from deeppose.data.images import read_image, upright_size
from deeppose.errors import ImageError
for path in sys.argv[1:]:
    try:
        upright_size(path)
        raise SystemExit(path + " was accepted")
    except ImageError:
        pass
    try:
        read_image(path)
        raise SystemExit(path + " was read")
    except ImageError as error:
        print(error)
print(peak())
"""
)

READ = (
    PEAK
    + """
import sys
from deeppose.data.images import read_image
read_image(sys.argv[1])
print(peak())
"""
)

SAVED: dict[str, dict[str, object]] = {
    "JPEG": {}, "progressive": {"progressive": True, "subsampling": 0}, "turned": {},
    "PNG": {"compress_level": 1}, "TIFF": {},
    "WEBP": {"quality": 20, "method": 0}, "AVIF": {"speed": 10, "quality": 20}, "JPEG2000": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", SAVED)
def test_the_largest_picture_of_a_format_fits_in_a_gigabyte(tmp_path: Path, kind: str) -> None:
    """Memory grows with the pixels: so many bytes for each, weighed as the limit weighs them."""
    if kind in ("AVIF", "WEBP") and not features.check(kind.lower()):
        pytest.skip(f"this Pillow has no {kind}")
    peaks = []
    for side in (500, 4000):
        picture = Image.new("RGB", (side, side), (90, 120, 30))
        options = {"exif": tiff_exif(3, 1, b"\6\0")} if kind == "turned" else SAVED[kind]
        picture.save(tmp_path / "big", "JPEG" if kind in ("progressive", "turned") else kind, **options)
        run = subprocess.run(
            [sys.executable, "-c", READ, str(tmp_path / "big")], capture_output=True, text=True, check=True
        )
        assert run.stderr == ""
        peaks.append(int(run.stdout))
    a_pixel = (peaks[1] - peaks[0]) * 2**20 / (4000**2 - 500**2)
    assert a_pixel * MAX_PIXELS / WEIGHTS.get(kind, 1.0) < 850e6  # the runtime itself takes about 150 MB more


def test_pictures_beyond_pillows_own_limits_draw_no_warning(tmp_path: Path) -> None:
    Image.new("1", (10_000, 9_500)).save(tmp_path / "95.png")
    run = subprocess.run(
        [sys.executable, "-W", "default", "-c", READ, str(tmp_path / "95.png")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PIL" not in run.stderr


def test_limits_can_be_raised_and_lowered(scene: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"90 x 60 pixels; at most 0\.005 megapixels"):
        read_image(encoded(scene, "PNG"), max_pixels=5000)
    assert read_image(encoded(scene, "PNG"), max_pixels=5400).shape == (60, 90, 3)


def tiff_exif(tag_type: int, count: int, value: bytes) -> bytes:
    """An EXIF block that holds the orientation alone, in whatever type."""
    return (
        b"Exif\0\0II*\0\x08\0\0\0\x01\0"
        + struct.pack("<HHI", 0x0112, tag_type, count)
        + value.ljust(4, b"\0")
        + b"\0" * 4
    )


ODD = {
    "text": tiff_exif(2, 2, b"6\0"),
    "bytes": tiff_exif(7, 4, b"\6\6\6\6"),
    "nine": tiff_exif(3, 1, b"\x09\0"),
    "zero": tiff_exif(3, 1, b"\0\0"),
    "noise": b"Exif\0\0" + bytes(range(40)),
    "cut": tiff_exif(3, 1, b"\6\0")[:18],
    "nothing": b"Exif\0\0",
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("exif", ODD)
def test_damaged_metadata_costs_no_pixel(scene: np.ndarray, kind: str, exif: str) -> None:
    options: dict[str, object] = {"lossless": True} if kind == "WEBP" else {}
    whole, content = encoded(scene, kind, **options), encoded(scene, kind, exif=ODD[exif], **options)
    assert upright_size(content) == (90, 60)
    np.testing.assert_array_equal(read_image(content), read_image(whole))


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
@pytest.mark.parametrize("damage", [bytes(range(8)), b"II*\0\xff\xff\xff\x7f"])
def test_damaged_metadata_of_avif(scene: np.ndarray, damage: bytes) -> None:
    exif = Image.Exif()
    exif[0x013B] = "a photographer"
    content = encoded(scene, "AVIF", speed=10, exif=exif)
    start = content.index(exif.tobytes()[6:14])
    whole = read_image(content)
    np.testing.assert_array_equal(read_image(content[:start] + damage + content[start + 8 :]), whole)


def test_png_chunks_with_wrong_checksums_are_left_out(scene: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = bytearray(encoded(scene, "PNG", exif=exif, dpi=(72, 72)))
    content[content.index(b"pHYs") + 5] ^= 1
    np.testing.assert_array_equal(
        read_image(bytes(content)), np.rot90(scene, -1)
    )  # the intact EXIF still counts
    assert upright_size(bytes(content)) == (60, 90)


def test_exif_behind_the_pixels_of_a_png(scene: np.ndarray) -> None:
    content, data = encoded(scene, "PNG"), tiff_exif(3, 1, b"\6\0")[6:]
    late = struct.pack(">I", len(data)) + b"eXIf" + data + struct.pack(">I", zlib.crc32(b"eXIf" + data))
    content = content[:-12] + late + content[-12:]
    assert upright_size(content) == (60, 90)
    np.testing.assert_array_equal(read_image(content), np.rot90(scene, -1))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_that_lacks_only_its_end_marker_is_read(
    scene: np.ndarray, lost: int, progressive: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = encoded(scene, "JPEG", progressive=progressive)
    (tmp_path / "cut.jpg").write_bytes(whole[:-lost])
    with caplog.at_level(logging.WARNING, "deeppose"):
        np.testing.assert_array_equal(read_image(tmp_path / "cut.jpg"), read_image(whole))
    assert "cut.jpg" in caplog.text


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [8, 40, 400])
def test_a_jpeg_that_lacks_pixels_is_refused(scene: np.ndarray, lost: int, progressive: bool) -> None:
    noisy = scene + np.random.default_rng(0).integers(0, 60, scene.shape).astype(np.uint8)
    with pytest.raises(ImageError, match="truncated"):
        read_image(encoded(noisy, "JPEG", progressive=progressive)[:-lost])


@pytest.mark.parametrize("orientation", [1, 6, 7])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_the_size_is_that_of_the_pixels(scene: np.ndarray, kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(scene, kind, exif=exif)
    height, width, _ = read_image(content).shape
    assert upright_size(content) == (width, height)


def test_bytes_files_and_pipes(scene: np.ndarray) -> None:
    content = encoded(scene, "PNG")
    np.testing.assert_array_equal(read_image(content), scene)
    np.testing.assert_array_equal(read_image(io.BytesIO(content)), scene)
    read, write = os.pipe()
    os.write(write, content)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        np.testing.assert_array_equal(read_image(pipe), scene)


def test_a_named_pipe_is_read_and_never_waited_for(tmp_path: Path, scene: np.ndarray) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(ImageError, match=r"pipe\.png: the file is empty"):
        upright_size(pipe)
    ends = os.open(pipe, os.O_RDWR)  # so that the writer below does not wait for the reader
    os.write(ends, encoded(scene, "PNG"))
    done = threading.Timer(0.2, os.close, [ends])
    done.start()
    np.testing.assert_array_equal(read_image(pipe), scene)
    done.join()


@pytest.mark.parametrize(("kind", "seconds"), [("GIF", 0.2), ("WEBP", 0.2), ("PNG", 0.2), ("TIFF", None)])
def test_every_frame(kind: str, seconds: float | None) -> None:
    frames = [Image.new("RGB", (20, 10), (90 * i, 0, 255 - 90 * i)) for i in range(3)]
    options = {"duration": 200} if seconds else {}
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    found = list(read_frames(content))
    assert [duration for _, duration in found] == [seconds] * 3
    for frame, (pixels, _) in zip(frames, found, strict=True):
        assert np.abs(pixels.astype(int) - np.asarray(frame)).max() <= 4
    assert [d for _, d in read_frames(encoded(frames[0], "PNG"))] == [None]


def test_white_is_zero(scene: np.ndarray) -> None:
    values = scene[..., 0].astype("<u2") * 257
    content = encoded(Image.fromarray(65535 - values), "TIFF", tiffinfo={262: 0})
    np.testing.assert_array_equal(read_image(content)[..., 0], scene[..., 0])


def test_planes_of_16_bits_are_refused_not_read_as_noise() -> None:
    tifffile = pytest.importorskip("tifffile")
    file = io.BytesIO()
    tifffile.imwrite(file, np.full((3, 8, 9), 40000, np.uint16), photometric="rgb", planarconfig="separate")
    with pytest.raises(ImageError, match="16-bit colour planes; save it with interleaved colours"):
        read_image(file.getvalue())


@pytest.mark.parametrize(
    ("top", "dtype"),
    [(1, np.float32), (255, np.float32), (65535, np.float32), (255, np.int32), (65535, np.int32)],
)
def test_the_range_of_floats_and_of_32_bits(scene: np.ndarray, top: int, dtype: type) -> None:
    grey = scene[..., 0].astype(np.float64) / 178 * 255  # its greatest value is then white
    content = encoded(Image.fromarray((grey / 255 * top).astype(dtype)), "TIFF")
    assert np.abs(read_image(content)[..., 0].astype(int) - grey).max() <= 1


def test_a_stated_range(scene: np.ndarray, caplog: pytest.LogCaptureFixture) -> None:
    twelve = encoded(Image.fromarray(scene[..., 0].astype(np.uint16) * 16), "TIFF")
    np.testing.assert_allclose(read_image(twelve, value_range=(0, 4080))[..., 0], scene[..., 0], atol=1)
    stretched = read_image(twelve, value_range="auto")
    assert (stretched.min(), stretched.max()) == (0, 255)
    assert not caplog.text
    depth = encoded(Image.fromarray(scene[..., 0].astype(np.float32) - 50), "TIFF")
    assert read_image(depth).min() == 0
    assert "from -50 to 128" in caplog.text


def test_arrays_of_other_kinds(scene: np.ndarray) -> None:
    np.testing.assert_array_equal(as_rgb(scene[..., ::-1], bgr=True), scene)
    np.testing.assert_array_equal(as_rgb((scene / 255).astype(np.float32)), scene)
    np.testing.assert_array_equal(as_rgb(scene.astype(np.uint16) * 257), scene)
    np.testing.assert_array_equal(as_rgb(Image.fromarray(scene)), scene)
    np.testing.assert_array_equal(as_rgb(encoded(scene, "PNG")), scene)
    alpha = np.dstack([scene, np.full(scene.shape[:2], 51, np.uint8)])
    np.testing.assert_allclose(as_rgb(alpha), scene * 0.2 + 128 * 0.8, atol=1)
    for wrong in (scene.transpose(2, 0, 1), scene.astype(np.float32), scene > 3, scene * np.float32(np.nan)):
        with pytest.raises(ImageError, match="a picture array"):
            as_rgb(wrong)


def test_heif(scene: np.ndarray) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(scene, "HEIF", quality=95, exif=exif.tobytes())
    assert upright_size(content) == (60, 90)
    assert np.abs(read_image(content).astype(int) - np.rot90(scene, -1)).mean() < 6
