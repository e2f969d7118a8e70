"""Leeds Sports Pose (Johnson & Everingham, BMVC 2010) and its extended training set (CVPR 2011).

The two `joints.mat` differ in axis order and, easily missed, in what their flag means: LSP's third row is 1
where a joint is *occluded* (and has coordinates all the same); LSPet's third column, where it is *labelled*.
"""

from __future__ import annotations

from pathlib import Path

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.layout import locate, pictures
from deeppose.data.matlab import centred, variable
from deeppose.errors import DataError
from deeppose.skeleton import LSP
from deeppose.types import Floats, Mask

SPLITS = {"train": slice(0, 1000), "test": slice(1000, 2000)}
"""The paper's section 4.1: 1000 pictures train, 1000 test."""

AGAIN = frozenset((457, 719, 1170, 1479, 2423, 3153, 3249, 3286, 4002, 4433, 5488, 7818, 8155))
"""Of LSPet's first 9000, photographs that are among the last 1000 a second time (`benchmarks/twins.py`)."""

EXTENDED = {
    "train": range(1, 10_001),
    "first-9000": frozenset(range(1, 9001)) - AGAIN,
    "last-1000": range(9001, 10_001),
}
"""Numbers of pictures. All of LSPet trains; the other two set its last 1000 aside, to measure acrobatics on."""


def read_lsp(root: Path, split: str) -> Dataset:
    """Person-centric LSP: `joints.mat` and `images/im0001.jpg` ... `im2000.jpg`; splits "train", "test"."""
    path = locate(root, "lsp", "joints.mat")
    return Dataset("lsp", split, LSP, _read_lsp(path, path.parent, split))


def read_lsp_oc(root: Path, split: str, labels: Path | None = None) -> Dataset:
    """LSP with observer-centric left and right: the same people and coordinates, other names.

    Args:
        root: the folder of LSP's pictures, as for `read_lsp`.
        split: "train" or "test".
        labels: the observer-centric `lsp-joints-OC.mat`; without it, that name in `root` or `root/lsp`.
    """
    path = labels or locate(root, "lsp", "lsp-joints-OC.mat")
    folders = (root, root / "lsp", path.parent)
    folder = next((f for f in folders if (f / "images").is_dir()), path.parent)
    return Dataset("lsp-oc", split, LSP, _read_lsp(path, folder, split), labels="OC")


def _read_lsp(path: Path, folder: Path, split: str) -> list[Annotation]:
    rows = _joints(path, (3, 14)).transpose(2, 1, 0)[SPLITS[split]]  # image, joint, (x, y, occluded)
    first = SPLITS[split].start + 1
    images = pictures(folder / "images", [f"im{first + i:04d}" for i in range(len(rows))])
    occluded = rows[..., 2] > 0
    everywhere = occluded | True
    return _annotations(images, rows[..., :2], everywhere, ~occluded, first)


def read_lspet(root: Path, split: str) -> Dataset:
    """LSPet: `joints.mat` and `images/im00001.jpg` ... `im10000.jpg`; all of it is the split "train".

    The splits "first-9000" and "last-1000" part it, for models that are to be measured on people they never saw: of the
    first, 13 pictures are left out (`AGAIN`) that the second holds too.
    Copies with other picture formats under the official stems, or with fewer pictures, are read as well.
    """
    path = locate(root, "lspet", "joints.mat")
    rows = _joints(path, (14, 3)).transpose(2, 0, 1)  # image, joint, (x, y, labelled)
    images = pictures(path.parent / "images", [f"im{i + 1:05d}" for i in range(len(rows))])
    labelled = rows[..., 2] > 0
    everyone = _annotations(images, rows[..., :2], labelled, labelled)
    people = [person for number, person in enumerate(everyone, 1) if number in EXTENDED[split]]
    if not people:
        raise DataError(f"{path}: {len(rows)} pictures leave none for the split {split}; use all 10,000")
    return Dataset("lspet", split, LSP, people)


def _joints(path: Path, shape: tuple[int, int]) -> Floats:
    """The array `joints`, whose first two axes tell LSP from LSPet."""
    joints: Floats = variable(path, "joints")
    if joints.ndim != 3 or joints.shape[:2] != shape:
        kind = {(3, 14): "LSP", (14, 3): "LSPet"}
        other = kind.get(joints.shape[:2], "neither LSP nor LSPet")
        raise DataError(f"{path}: joints of shape {joints.shape} are not {kind[shape]}'s, but {other}")
    return joints


def _annotations(
    images: list[Path], points: Floats, labelled: Mask, visible: Mask, first: int = 1
) -> list[Annotation]:
    """One a picture; the pictures are numbered from `first`."""
    joints = centred(points)
    joints[~labelled] = 0
    people = enumerate(zip(images, joints, labelled, visible, strict=True), first)
    return [Annotation(*person, image_id=number, row=number - 1) for number, person in people]
