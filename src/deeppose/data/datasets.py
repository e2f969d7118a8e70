"""Every data set by name: `read("lsp", Path("data"), "test")`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from deeppose.data.annotation import Dataset
from deeppose.data.buffy import read_buffy
from deeppose.data.coco import read_coco
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
    "coco": Source(read_coco, ("train", "val")),
}


def read(name: str, root: Path, split: str, labels: Path | None = None) -> Dataset:
    """The annotations of one split. Pictures are named, not opened.

    Args:
        name: a key of `SOURCES`.
        root: the data set's own folder in its official layout, or the folder that contains it.
        split: one of the data set's splits, or "all".
        labels: for "lsp-oc" alone, the file of observer-centric labels where it lies elsewhere.

    Raises:
        ConfigError: an unknown data set or split, naming the nearest.
        DataError: the layout is not the official one.
    """
    source = _source(name, labels)
    splits = _splits(source, root)
    if split == "all":
        parts = [source.read(root, part) for part in splits]
        return replace(parts[0], split="all", annotations=[a for part in parts for a in part.annotations])
    known = (*source.splits, *source.parts, "all")
    if split not in known:
        raise unknown(f"split of {name}", split, known)
    return source.read(root, split)


def read_splits(name: str, root: Path, labels: Path | None = None) -> tuple[list[Dataset], dict[str, str]]:
    """Every split that can be read, and for each of the others why it cannot.

    Raises:
        ConfigError: an unknown data set.
        DataError: no split can be read.
    """
    source = _source(name, labels)
    parts: list[Dataset] = []
    problems: dict[str, str] = {}
    for split in _splits(source, root):
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
    if name != "lsp-oc":
        raise ConfigError(
            f"data set {name!r} has its labels in its own folder; only lsp-oc takes a file of labels"
        )
    return replace(SOURCES[name], read=partial(read_lsp_oc, labels=labels))


def _splits(source: Source, root: Path) -> tuple[str, ...]:
    """A JSON file is one split, whatever it is called."""
    return source.splits[:1] if root.suffix == ".json" else source.splits
