"""Fuzzing: damaged pictures, boxes, labels, predictions and models; each gives finite numbers or an error of ours.

    python tests/fuzzing.py --minutes 5            # make fuzz; other seeds every time, every failing one is printed
    python tests/fuzzing.py --target labels --seed 123

Every case follows from its seed. Failing seeds go into `SEEDS` once mended, and `tests/test_fuzz.py` runs them.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import deeppose
from deeppose import cli
from deeppose.data.boxes import tight_box
from deeppose.data.datasets import read
from deeppose.data.images import read_frames, read_image, upright_size
from deeppose.errors import DeepPoseError
from deeppose.skeleton import COCO
from toymodel import CARD, offsets, write_model

Rng = np.random.Generator

SEEDS: dict[str, tuple[int, ...]] = {
    "pictures": (), "boxes": (), "labels": (), "models": (255893825, 255893986), "commands": (),
    "predictions": (
        255893728, 255893756, 255893782, 255893858, 255893902, 255893985, 255894023, 255894107,
    ),
}  # fmt: skip
"""Seeds that once failed."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "AVIF")

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2, 10**400, 1e308, -1e308, float("nan"), float("inf"), "", "text", "1", "\x1b[2J", "../../x.jpg",
    [], {}, [[]], [None], {"x": 1},
)  # fmt: skip
"""What stands in a damaged JSON where something else should."""


def pictures(rng: Rng, folder: Path) -> None:
    """A damaged picture: what is read has the size that its header says."""
    path = folder / "a.jpg"
    path.write_bytes(damaged(rng, _picture(rng)))
    size = upright_size(path)
    pixels = read_image(path)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (size[1], size[0], 3)
    for number, (frame, _) in enumerate(read_frames(path)):
        assert frame.dtype == np.uint8
        if number > 20:
            break


def boxes(rng: Rng, folder: Path) -> None:
    """Boxes of any size anywhere."""
    model = deeppose.load(write_model(folder / "toy.onnx", CARD))
    values = rng.normal(size=(rng.integers(0, 4), 4)) * 10.0 ** rng.integers(-30, 31, (1, 4))
    flat = values.ravel()
    if flat.size and rng.random() < 0.3:
        flat[rng.integers(flat.size)] = rng.choice([np.nan, np.inf, 0.0, 1e308])
    near = rng.random() < 0.5
    picture = rng.integers(0, 255, (rng.integers(1, 90), rng.integers(1, 90), 3)).astype(np.uint8)
    poses = model.predict(
        picture, np.abs(np.nan_to_num(values)) % 100 + 1 if near else values, turns=int(rng.choice([1, 2, 4]))
    )
    finite(poses.joints, poses.scores, poses.boxes)


def labels(rng: Rng, folder: Path) -> None:
    """Damaged files of labels."""
    kind = rng.choice(["coco", "mpii", "buffy"])
    if kind == "buffy":
        (folder / "data").mkdir()
        numbers = " ".join(f"{value:.1f}" for value in rng.random(25 * 3) * 100)
        for episode in (2, 5, 6):
            (folder / f"data/buffy_s5e{episode}_sticks.txt").write_bytes(damaged(rng, numbers.encode()))
        data = read("buffy", folder, "test")
    elif kind == "mpii":
        write_json(rng, folder / "valid.json", [mpii_row(rng) for _ in range(3)])
        data = read("mpii", folder, "valid")
    else:
        write_json(rng, folder / "labels.json", coco(rng))
        data = read("coco", folder / "labels.json", "train")
    for person in data.annotations:
        finite(person.joints, tight_box(person.joints, person.labelled))


def predictions(rng: Rng, folder: Path) -> None:
    """Damaged predictions of sound labels, and sound ones of damaged labels, by the command line."""
    truth = coco(rng)
    found = [{**row, "score": rng.random()} for row in truth["annotations"]]
    (folder / "labels.json").write_text(json.dumps(truth))
    (folder / "found.json").write_text(json.dumps(found))
    which = rng.choice(["labels.json", "found.json"])
    write_json(rng, folder / which, truth if which == "labels.json" else found)
    command("score", "coco", "--root", folder / "labels.json", "--pred", folder / "found.json", "--json")


def models(rng: Rng, folder: Path) -> None:
    """A model with damaged bytes, or metadata that lie."""
    if rng.random() < 0.5:
        card = {**CARD, str(rng.choice(list(CARD))): ODD[rng.integers(len(ODD))]}
        path = write_model(folder / "toy.onnx", card, places=offsets()[: rng.integers(1, 4)])
    else:
        path = write_model(folder / "toy.onnx", CARD)
        path.write_bytes(damaged(rng, path.read_bytes()))
    poses = deeppose.load(path, threads=1).predict(np.full((50, 40, 3), 99, np.uint8))
    finite(poses.joints, poses.scores)


def commands(rng: Rng, folder: Path) -> None:
    """`predict` with a damaged list of boxes, and `evaluate` on damaged pictures."""
    model = write_model(folder / "toy.onnx", CARD)
    (folder / "1.jpg").write_bytes(damaged(rng, _picture(rng)))
    if rng.random() < 0.5:
        rows = [{"file": "1.jpg", "box": {"x": 1.0, "y": 2.0, "w": 20.0, "h": 30.0}, "score": 0.5}]
        write_json(rng, folder / "boxes.json", rows)
        (folder / "1.jpg").write_bytes(_picture(rng))
        command("predict", folder / "1.jpg", "--boxes", folder / "boxes.json", "--model", model, "--json")
    else:
        truth = coco(rng)
        truth["annotations"] = truth["annotations"][:2]
        (folder / "labels.json").write_text(json.dumps(truth))
        box = rng.choice(["full-image", "ground-truth", "given"])
        words = [
            "evaluate",
            "coco",
            "--root",
            folder / "labels.json",
            "--model",
            model,
            "--box",
            box,
            "--json",
        ]
        command(*words)


TARGETS: dict[str, Callable[[Rng, Path], None]] = {
    "pictures": pictures, "boxes": boxes, "labels": labels, "predictions": predictions, "models": models,
    "commands": commands,
}  # fmt: skip


def case(target: str, seed: int) -> str:
    """Run one case: "ok", or "refused" by an error of the package; anything else raises."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            TARGETS[target](np.random.default_rng([seed, *target.encode()]), Path(folder))
        except DeepPoseError:
            return "refused"
    return "ok"


def finite(*values: Any) -> None:
    """Every number is one."""
    for value in values:
        assert np.isfinite(value).all(), value


def command(*words: Any) -> None:
    """A command's JSON holds no NaN; a refusal is an exit code."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main([str(word) for word in words])
    assert "Traceback" not in err.getvalue()
    assert "\x1b" not in err.getvalue()
    if code == 0:
        json.loads(out.getvalue(), parse_constant=_no_constant)
    else:
        raise DeepPoseError(err.getvalue())


def _no_constant(name: str) -> None:
    raise AssertionError(f"the JSON holds {name}")


def damaged(rng: Rng, content: bytes) -> bytes:
    """Bytes exchanged, cut off, left out or doubled."""
    data = bytearray(content)
    for place in rng.integers(0, len(data), rng.integers(0, 1 + int(2 ** rng.integers(0, 6)))):
        data[place] = rng.integers(0, 256)
    a, b = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    kind = rng.integers(0, 6)
    if kind == 0:
        return bytes(data[:b])
    if kind == 1:
        return bytes(data[:a] + data[b:])
    return bytes(data[:b] + data[a:]) if kind == 2 else bytes(data)


def write_json(rng: Rng, path: Path, value: Any) -> None:
    """A JSON file with something odd somewhere; sometimes its bytes are damaged too."""
    for _ in range(rng.integers(0, 4)):
        value = odd(rng, value)
    content = json.dumps(value, ensure_ascii=bool(rng.integers(2)))
    data = content.encode(str(rng.choice(["utf-8", "utf-8-sig", "utf-16"])), "surrogatepass")
    path.write_bytes(damaged(rng, data) if rng.random() < 0.1 else data)


def odd(rng: Rng, value: Any) -> Any:
    """The same with one part, at any depth, left out or replaced."""
    if isinstance(value, dict | list) and len(value) and rng.random() < 0.85:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = keys[rng.integers(len(keys))]
        new = dict(value) if isinstance(value, dict) else list(value)
        if rng.random() < 0.1:
            del new[key]
        else:
            new[key] = odd(rng, value[key])
        return new
    return ODD[rng.integers(len(ODD))]


def coco(rng: Rng) -> dict[str, Any]:
    """Two people on each of two pictures."""
    points = rng.random((4, 17, 2)) * 90
    rows = [
        {
            "id": i, "image_id": 1 + i // 2, "category_id": 1, "iscrowd": 0, "area": 900.0,
            "bbox": [5.0, 6.0, 50.0, 60.0],
            "keypoints": [v for x, y in points[i] for v in (x, y, 2)],
        }
        for i in range(4)
    ]  # fmt: skip
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 100} for i in (1, 2)]
    category = {"id": 1, "name": "person", "keypoints": list(COCO.joints), "skeleton": [[16, 14], [14, 12]]}
    return {"images": images, "annotations": rows, "categories": [category]}


def mpii_row(rng: Rng) -> dict[str, Any]:
    """One person of MPII's JSON form."""
    joints = (rng.random((16, 2)) * 90).tolist()
    return {"image": "1.jpg", "joints": joints, "joints_vis": [1] * 16, "center": [40.0, 50.0], "scale": 0.5}


def _picture(rng: Rng) -> bytes:
    size = (int(rng.integers(1, 70)), int(rng.integers(1, 70)))
    pixels = rng.integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
    kind = str(rng.choice(FORMATS))
    picture = Image.fromarray(pixels).convert(str(rng.choice(["RGB", "L", "RGB"])))
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHHI", 274, 3, 1, rng.integers(0, 10), 0, 0)
    options: dict[str, Any] = {"exif": exif} if kind in ("JPEG", "PNG", "WEBP") else {}
    file = io.BytesIO()
    try:
        picture.save(file, kind, **options)
    except (OSError, KeyError, ValueError):  # this Pillow lacks the format
        picture.save(file, "PNG")
    return file.getvalue()


def main() -> int:
    """Fuzz for so many minutes, every target in turn; print what failed and how to run it again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--target", choices=tuple(TARGETS), action="append")
    parser.add_argument("--seed", type=int, help="run this seed alone")
    args = parser.parse_args()
    targets = args.target or list(TARGETS)
    if args.seed is not None:
        print({target: case(target, args.seed) for target in targets})
        return 0
    return _for(args.minutes, targets)


def _for(minutes: float, targets: list[str]) -> int:
    end, seed, failed = time.monotonic() + 60 * minutes, int.from_bytes(os.urandom(4), "big"), 0
    counts = {target: {"ok": 0, "refused": 0} for target in targets}
    while time.monotonic() < end:
        seed += 1
        for target in targets:
            print(
                f"{target} {seed}", file=sys.stderr, end="\r", flush=True
            )  # what a crash of a library leaves standing
            try:
                counts[target][case(target, seed)] += 1
            except BaseException as error:
                failed += 1
                print(f"FAILED: python tests/fuzzing.py --target {target} --seed {seed}: {error!r}")
                traceback.print_exc(limit=-4)
                if isinstance(error, KeyboardInterrupt):
                    return 1
    print(f"{failed} failed; {counts}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
