"""Every data set by name: `read("lsp", Path("data"), "test")`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Dataset
from deeppose.data.buffy import read_buffy
from deeppose.data.coco import THIRDS, read_coco
from deeppose.data.flic import read_flic
from deeppose.data.lsp import read_lsp, read_lsp_oc, read_lspet
from deeppose.data.mpii import read_mpii
from deeppose.data.parse import read_parse
from deeppose.data.repairs import read_lspet_repaired
from deeppose.errors import ConfigError, DataError, unknown


@dataclass(frozen=True)
class Source:
    """A reader and the splits it knows; "all" is each of them in turn. `parts` are named pieces of those."""

    read: Callable[[Path, str], Dataset]
    splits: tuple[str, ...]
    parts: tuple[str, ...] = ()


SOURCES = {
    "lsp": Source(read_lsp, ("train", "test")),
    "lsp-oc": Source(read_lsp_oc, ("train", "test")),
    "lspet": Source(read_lspet, ("train",), ("first-9000", "last-1000")),
    "lspet-repaired": Source(read_lspet_repaired, ("train",), ("first-9000", "last-1000")),
    "flic": Source(read_flic, ("train", "test")),
    "parse": Source(read_parse, ("train", "test")),
    "buffy": Source(read_buffy, ("train", "test")),
    "mpii": Source(read_mpii, ("train", "valid")),
    "coco": Source(read_coco, ("train", "val"), tuple(THIRDS)),
}

LABELLED: dict[str, Callable[..., Dataset]] = {"lsp-oc": read_lsp_oc, "coco": read_coco}
"""Those whose labels may lie elsewhere than their pictures."""


def read(
    name: str, root: Path, split: str, labels: Path | None = None, category: str | None = None
) -> Dataset:
    """The annotations of one split. Pictures are named, not opened.

    Args:
        name: a key of `SOURCES`.
        root: the data set's own folder in its official layout, or the folder that contains it.
        split: one of the data set's splits, or "all".
        labels: for "lsp-oc" and "coco", the file of labels where it lies elsewhere than its pictures.

        category: for "coco", which of a file's several kinds of joints.

    Raises:
        ConfigError: an unknown data set or split, naming the nearest; a category where there are none.
        DataError: the layout is not the official one.
    """
    source = _source(name, labels)
    if category is not None:
        if name != "coco":
            raise ConfigError(
                f"--category {category}: data set {name!r} has one kind of joints; leave it out"
            )
        source = replace(source, read=partial(read_coco, category=category, labels=labels))
    if split == "all":
        parts = [source.read(root, part) for part in _splits(source, root, labels)]
        everyone = [person for part in parts for person in part.annotations]
        return _placed(replace(parts[0], split="all", annotations=everyone))
    known = (*source.splits, *source.parts, "all")
    if split not in known:
        raise unknown(f"split of {name}", split, known)
    return _placed(source.read(root, split))


def one_file(root: Path, labels: Path | None = None) -> bool:
    """Whether a file of labels stands for a whole data set: it has no other splits."""
    return root.suffix == ".json" or (labels is not None and labels.suffix == ".json")


def positions(name: str, root: Path, split: str, labels: Path | None = None) -> tuple[int, NDArray[np.intp]]:
    """How many people all splits have, and where, in the order of the data set's own files, those of one split are.

    Splits that cannot be read count as nobody; a data set whose splits number their own people each has them one
    after the other.
    """
    parts = (
        [read(name, root, split, labels)] if one_file(root, labels) else read_splits(name, root, labels)[0]
    )
    here = next((part for part in parts if part.split == split), None) or read(name, root, split, labels)
    rows = [[person.row for person in part.annotations] for part in parts]
    whole = np.sort([row for part in rows for row in part])
    if len(set(whole)) == len(whole):
        return len(whole), np.searchsorted(whole, [person.row for person in here.annotations])
    before = [part.split for part in parts].index(split) if split != "all" else 0
    start = sum(map(len, rows[:before]))
    return len(whole), np.arange(start, start + len(here))


def read_splits(name: str, root: Path, labels: Path | None = None) -> tuple[list[Dataset], dict[str, str]]:
    """Every split that can be read, and for each of the others why it cannot.

    Raises:
        ConfigError: an unknown data set.
        DataError: no split can be read.
    """
    source = _source(name, labels)
    parts: list[Dataset] = []
    problems: dict[str, str] = {}
    for split in _splits(source, root, labels):
        try:
            parts.append(source.read(root, split))
        except DataError as error:
            problems[split] = str(error)
    if not parts:
        raise DataError("; ".join(dict.fromkeys(problems.values())))
    return parts, problems


def with_pictures(dataset: Dataset) -> Dataset:
    """The data set itself, its pictures all there; readers name them and look for none.

    Raises:
        DataError: pictures are missing: how many, the first of them, and what to do.
    """
    files = {person.image for person in dataset.annotations}
    gone = sorted(file for file in files if not file.exists())
    if gone:
        raise DataError(
            f"{dataset.name} {dataset.split}: {len(gone)} of {len(files)} pictures are missing, the first of them "
            f"{gone[0]}; unpack the data set's pictures there, or link its folder of pictures to that place"
        )
    return dataset


def _source(name: str, labels: Path | None) -> Source:
    if name not in SOURCES:
        raise unknown("data set", name, SOURCES)
    if labels is None:
        return SOURCES[name]
    if name not in LABELLED:
        raise ConfigError(
            f"data set {name!r} has its labels in its own folder; only {' and '.join(LABELLED)} take a file of labels"
        )
    return replace(SOURCES[name], read=partial(LABELLED[name], labels=labels))


def _splits(source: Source, root: Path, labels: Path | None) -> tuple[str, ...]:
    """A JSON file is one split, whatever it is called."""
    return source.splits[:1] if one_file(root, labels) else source.splits


def _placed(dataset: Dataset) -> Dataset:
    """The data set that knows the folder of all its pictures, however few of its people are kept later."""
    if dataset.folder is not None or not len(dataset):
        return dataset
    parents = {str(person.image.parent) for person in dataset.annotations}
    return replace(dataset, folder=Path(os.path.commonpath(parents)))
