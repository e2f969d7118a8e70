"""Reading pictures: every kind of file gives upright RGB, every broken one is named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from deeppose.data.canvas import FILL
from deeppose.data.finding import find_images
from deeppose.data.images import as_rgb, read_image
from deeppose.errors import ImageError


@pytest.fixture
def scene() -> np.ndarray:
    """A smooth 60 x 90 picture with no symmetry, so that a wrong turn or a channel swap shows."""
    y, x = np.mgrid[0:60, 0:90]
    return np.stack([x * 2, y * 4, (x + y) % 150], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.bmp", "a.tif", "a.ppm"])
def test_lossless_formats_give_the_very_pixels(tmp_path: Path, scene: np.ndarray, name: str) -> None:
    Image.fromarray(scene).save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
    np.testing.assert_array_equal(read_image(tmp_path / name), scene)


def test_jpeg_agrees_with_opencv(tmp_path: Path, scene: np.ndarray) -> None:
    Image.fromarray(scene).save(tmp_path / "a.jpg", quality=90)
    other = cv2.cvtColor(cv2.imread(str(tmp_path / "a.jpg")), cv2.COLOR_BGR2RGB)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - other).max() <= 2


# What a viewer must do for each orientation (EXIF 2.3, tag 0x0112), as array operations on the stored pixels.
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a),
}


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation(tmp_path: Path, scene: np.ndarray, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(scene).save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    np.testing.assert_array_equal(read_image(path), UPRIGHT[orientation](scene))


def test_exif_orientation_of_a_jpeg(tmp_path: Path, scene: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene).save(tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - np.rot90(scene, -1)).max() < 16


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_grey_and_palette(tmp_path: Path, scene: np.ndarray, mode: str) -> None:
    picture = Image.fromarray(scene).convert(mode)
    picture.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_is_scaled_not_clipped(tmp_path: Path, scene: np.ndarray, channels: int, suffix: str) -> None:
    values = (scene if channels == 3 else scene[..., 0]).astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / f"a.{suffix}"), values[..., ::-1] if channels == 3 else values)
    expected = scene if channels == 3 else np.repeat(scene[..., :1], 3, axis=2)
    np.testing.assert_array_equal(read_image(tmp_path / f"a.{suffix}"), expected)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_alpha_is_composited_on_grey(tmp_path: Path, scene: np.ndarray, suffix: str) -> None:
    alpha = np.zeros(scene.shape[:2], np.uint8)
    alpha[:20], alpha[20:40] = 255, 51
    path = tmp_path / f"a.{suffix}"
    rgba = Image.fromarray(np.dstack([scene, alpha]))
    rgba.save(path, **({"lossless": True, "exact": True} if suffix == "webp" else {}))
    read = read_image(path).astype(float)
    np.testing.assert_array_equal(read[:20], scene[:20])
    np.testing.assert_allclose(read[20:40], scene[20:40] * 0.2 + FILL * 0.8, atol=1)
    np.testing.assert_array_equal(read[40:], FILL)


def test_palette_transparency(tmp_path: Path, scene: np.ndarray) -> None:
    picture = Image.fromarray(scene).convert("P")
    picture.save(tmp_path / "a.gif", transparency=picture.getpixel((0, 0)))
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif")[0, 0], FILL)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk(tmp_path: Path, scene: np.ndarray, suffix: str) -> None:
    Image.fromarray(scene).convert("CMYK").save(
        tmp_path / f"a.{suffix}", **({"quality": 95} if suffix == "jpg" else {})
    )
    read = read_image(tmp_path / f"a.{suffix}")
    assert np.abs(read.astype(int) - scene).mean() < 3


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "tif", "webp"])
def test_truncated_files_are_named(tmp_path: Path, scene: np.ndarray, suffix: str) -> None:
    whole, half = tmp_path / f"whole.{suffix}", tmp_path / f"half.{suffix}"
    Image.fromarray(scene).save(whole)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(ImageError, match="half"):
        read_image(half)


def test_missing_empty_and_foreign_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("hello")
    for name, words in {
        "gone.jpg": "no such file",
        "empty.jpg": "is empty",
        "text.jpg": "not a picture",
    }.items():
        with pytest.raises(ImageError, match=f"{name}: .*{words}"):
            read_image(tmp_path / name)
    with pytest.raises(ImageError, match=tmp_path.name):
        read_image(tmp_path)


def test_folders_are_searched_and_each_picture_comes_once(tmp_path: Path, scene: np.ndarray) -> None:
    for name in ("b.PNG", "deep/a.jpg", "deep/.hidden.jpg", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(scene).save(tmp_path / name, format="PNG")
    found = find_images([tmp_path / "notes.txt", tmp_path, tmp_path / "b.PNG"])
    assert [p.name for p in found] == ["notes.txt", "b.PNG", "a.jpg"]
    (tmp_path / "none").mkdir()
    with pytest.raises(ImageError, match="no pictures"):
        find_images([tmp_path / "none"])


def test_arrays(scene: np.ndarray) -> None:
    assert as_rgb(scene) is scene
    np.testing.assert_array_equal(as_rgb(scene[..., 0])[..., 2], scene[..., 0])
    for wrong in (scene.astype(np.float32), scene[..., :2], scene[:0], scene[None], [[1, 2]]):
        with pytest.raises(ImageError):
            as_rgb(wrong)  # type: ignore[arg-type]
