"""Ultralytics' pose labels: a YAML with `kpt_shape` and `flip_idx`, and one text file a picture.

A line is class, box cx cy w h, then x y [v] of every joint, all in shares of the picture's sides.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.finding import find_images
from deeppose.data.images import upright_size
from deeppose.data.own.entries import Labels, text_of
from deeppose.data.own.yaml import read_yaml
from deeppose.errors import DataError, ImageError
from deeppose.files import below
from deeppose.skeleton import Skeleton, pairs_by_name
from deeppose.types import Floats

SPLITS = ("train", "val", "test")

FAR = 1e6
"""A share of a picture's side that is no place."""


def read(file: Path, images: Path | None, category: str | None) -> Labels:
    """One data set's YAML and what it points to.

    Raises:
        DataError: no kpt_shape, flip_idx of another length or against the names, no picture found.
    """
    del category
    said = read_yaml(file)
    count, width = _shape(file, said.get("kpt_shape"))
    labels = Labels(file, _skeleton(file, said, count))
    root = images or _root(file, said.get("path"))
    for split in SPLITS:
        for picture in _pictures(labels, root, said.get(split)):
            _take(labels, picture, width, "val" if split == "val" else "train" if split == "train" else "")
    if not labels.people and not labels.dropped:
        raise DataError(
            f"{file}: no picture was found below {root}; name the data set's folder with --images"
        )
    return labels


def _shape(file: Path, said: Any) -> tuple[int, int]:
    if not (
        isinstance(said, list)
        and len(said) == 2
        and all(isinstance(n, int) for n in said)
        and said[1] in (2, 3)
    ):
        raise DataError(
            f"{file}: kpt_shape must be [joints, 2 or 3], not {said!r}; is it a pose data set's YAML?"
        )
    return said[0], said[1]


def _skeleton(file: Path, said: dict[str, Any], count: int) -> Skeleton:
    names = said.get("kpt_names")
    names = next(iter(names.values())) if isinstance(names, dict) and names else names
    joints = (
        tuple(str(n) for n in names) if isinstance(names, list) else tuple(f"joint_{i}" for i in range(count))
    )
    if len(joints) != count:
        raise DataError(f"{file}: kpt_names has {len(joints)} names, kpt_shape {count} joints")
    classes = said.get("names")
    values = list(classes.values()) if isinstance(classes, dict) else classes
    name = str(values[0]) if isinstance(values, list) and values else file.stem
    flip = said.get("flip_idx")
    if flip is None:
        return Skeleton(name, joints, (), (), ())
    return Skeleton(name, joints, (), (), (), mirror=_checked(file, joints, flip))


def _checked(file: Path, joints: tuple[str, ...], flip: Any) -> tuple[int, ...]:
    """flip_idx, if it is a mirroring and agrees with the names."""
    count = len(joints)
    valid = (
        isinstance(flip, list)
        and len(flip) == count
        and all(isinstance(k, int) and 0 <= k < count for k in flip)
    )
    if not valid or any(flip[flip[k]] != k for k in range(count)):
        raise DataError(f"{file}: flip_idx must exchange {count} joints in pairs, not {flip!r}")
    for k, named in enumerate(pairs_by_name(joints)):
        if named not in (k, flip[k]):
            raise DataError(
                f"{file}: flip_idx mirrors {joints[k]} to {joints[flip[k]]}, its name says {joints[named]}; "
                "correct one of them"
            )
    return tuple(flip)


def _root(file: Path, said: Any) -> Path:
    """The data set's folder: the YAML's `path` where that is a folder, seen from the YAML, else the YAML's own."""
    name = str(said or ".")
    return below(file.parent, name) if os.path.isdir(file.parent / name) else file.parent


def _pictures(labels: Labels, root: Path, said: Any) -> list[Path]:
    """A split's pictures: a folder, a text file that lists them, or a list of either.

    Raises:
        DataError: a folder or a list that is not below the root.
    """
    if said is None:
        return []
    if isinstance(said, list):
        return [picture for one in said for picture in _pictures(labels, root, one)]
    place = _place(root, str(said))
    if place is None or place.suffix == ".txt":
        return _listed(labels, root, place) if place else []
    try:
        return find_images([place]) if os.path.isdir(place) else []
    except ImageError:
        return []


def _place(root: Path, name: str) -> Path | None:
    """What a split names, None where nothing is there. Roboflow writes ../train for train; Ultralytics takes it so."""
    if not os.path.exists(root / name) and os.path.exists(root / name.removeprefix("../")):
        name = name.removeprefix("../")
    return below(root, name) if os.path.exists(root / name) else None


def _listed(labels: Labels, root: Path, file: Path) -> list[Path]:
    found = []
    for number, line in enumerate(text_of(file).splitlines(), 1):
        try:
            found += [below(root, line.strip())] if line.strip() else []
        except DataError as error:
            labels.drop(f"{file.name} line {number}", str(error))
    return found


def label_file(picture: Path) -> Path:
    """The labels of images/train/a.jpg are labels/train/a.txt."""
    parts = list(picture.parts)
    last = max((i for i, part in enumerate(parts) if part == "images"), default=None)
    if last is not None:
        parts[last] = "labels"
    return Path(*parts).with_suffix(".txt")


def _take(labels: Labels, picture: Path, width: int, split: str) -> None:
    file = label_file(picture)
    if not os.path.isfile(file):
        return
    try:
        lines = text_of(file).splitlines() if file.stat().st_size else []
        size = np.array(upright_size(picture), np.float64)
    except (ImageError, DataError) as error:
        labels.drop(picture.name, str(error))
        return
    for number, line in enumerate(lines, 1):
        values = _numbers(line)
        if values is None or len(values) < 5 or (len(values) - 5) % width:
            labels.drop(
                f"{file.name} line {number}", f"{len(line.split())} numbers where 5 + {width} a joint belong"
            )
            continue
        points = values[5:].reshape(-1, width)
        flags = points[:, 2] if width == 3 else (points != 0).any(-1).astype(np.float64)
        rows = np.concatenate([points[:, :2] * size, flags[:, None]], axis=1)
        labels.add(f"{file.name} line {number}", picture, rows, values[1:5] * np.tile(size, 2), split=split)


def _numbers(line: str) -> Floats | None:
    try:
        values = np.array([float(part) for part in line.split()])
    except ValueError:
        return None
    return np.where(np.abs(values) < FAR, values, np.nan)
