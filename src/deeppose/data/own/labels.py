"""Own labels by whatever tool made them: the reader is chosen by the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from deeppose.data.own import coco, deeplabcut, sleap, ultralytics
from deeppose.data.own.entries import Labels
from deeppose.errors import ConfigError, DataError
from deeppose.skeleton import Skeleton, from_edges
from deeppose.skeleton_json import mirror_of

__all__ = ["Labels", "read_labels"]

READERS = {
    ".json": coco.read, ".yaml": ultralytics.read, ".yml": ultralytics.read, ".csv": deeplabcut.read,
    ".h5": deeplabcut.read, ".slp": sleap.read,
}  # fmt: skip
NO_PAIRS = "none"
MOST = 8
"""Joints named in one sentence."""


def read_labels(
    file: Path, images: Path | None = None, category: str | None = None, pairs: Sequence[str] = ()
) -> Labels:
    """People labelled with any joints.

    Args:
        file: COCO's .json, Ultralytics' .yaml, DeepLabCut's .csv, .h5, config.yaml or project folder, SLEAP's .slp.
        images: where the pictures are, if not where the file says or beside it.
        category: of a COCO file with several kinds of joints.
        pairs: declared mirror pairs "left_ear=right_ear"; ("none",) for none at all; () for those of the file, else
            those that the names tell.

    Raises:
        DataError: not such a file, or nothing in it can be used; or a joint has a side and no partner.
        ConfigError: a choice is missing or unknown.
    """
    if not file.exists():
        raise DataError(f"{file}: no such file of labels, nor a folder")
    project = file.is_dir() or file.name == "config.yaml"
    reader = deeplabcut.read if project else READERS.get(file.suffix.lower())
    if reader is None:
        raise ConfigError(
            f"{file}: labels are .json (COCO), .yaml (Ultralytics), .csv or .h5 (DeepLabCut) or .slp"
        )
    labels = reader(file, images, category)
    if not labels.people:
        raise DataError(f"{file}: nobody is labelled in it" + "".join(f"; {line}" for line in labels.said()))
    return _without_unlabelled(replace(labels, skeleton=_paired(file, labels.skeleton, pairs)))


def _paired(file: Path, skeleton: Skeleton, pairs: Sequence[str]) -> Skeleton:
    """The skeleton with the declared pairs, or with its own: then a side without a partner is refused."""
    if pairs:
        bare = replace(skeleton, mirror=tuple(range(len(skeleton))))
        declared = [] if tuple(pairs) == (NO_PAIRS,) else [_pair(bare, pair) for pair in pairs]
        return replace(bare, mirror=mirror_of(bare, declared))
    lonely = skeleton.lonely()
    if lonely:
        raise DataError(
            f"{file}: {', '.join(lonely)}: a left or right joint without its partner, so that mirrored pictures would "
            f"teach a wrong side; declare the pairs (--pairs left_ear=right_ear,…), or --pairs {NO_PAIRS}"
        )
    return skeleton


def _pair(skeleton: Skeleton, pair: str) -> tuple[int, int]:
    a, equals, b = pair.partition("=")
    if not equals:
        raise ConfigError(
            f"--pairs {pair!r}: a pair is two joints and = between them, e.g. left_ear=right_ear"
        )
    return skeleton.index(a.strip()), skeleton.index(b.strip())


def _without_unlabelled(labels: Labels) -> Labels:
    """Joints that nobody has labelled, nor their mirror image, leave the skeleton: nothing can be learned of them."""
    seen = np.any([p.labelled for p in labels.people], axis=0)
    kept = np.flatnonzero(seen | seen[list(labels.skeleton.mirror)]).tolist()
    names = [j for k, j in enumerate(labels.skeleton.joints) if k not in kept]
    if not names:
        return labels
    some = ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
    labels.notes.append(f"labelled nowhere and left out of the skeleton: {some}")
    people = [
        replace(p, joints=p.joints[kept], labelled=p.labelled[kept], visible=p.visible[kept])
        for p in labels.people
    ]
    return replace(labels, people=people, skeleton=reduced(labels.skeleton, kept))


def reduced(skeleton: Skeleton, kept: Sequence[int]) -> Skeleton:
    """The skeleton of some of its joints, with the edges and pairs among them."""
    new = {old: i for i, old in enumerate(kept)}
    edges = [(new[a], new[b]) for a, b in skeleton.edges if a in new and b in new]
    part = from_edges(skeleton.name, [skeleton.joints[k] for k in kept], edges)
    mirror = tuple(new.get(skeleton.mirror[k], new[k]) for k in kept)
    return replace(part, mirror=mirror, share=skeleton.share)
