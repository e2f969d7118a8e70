"""Where a data set's files lie."""

from __future__ import annotations

from pathlib import Path

from deeppose.data.images import SUFFIXES
from deeppose.errors import DataError


def locate(root: Path, folder: str, *names: str) -> Path:
    """The first of `names` in `root`, or in `root/folder`; `root` itself when it is a file.

    Raises:
        DataError: naming what was looked for and where.
    """
    if root.is_file():
        return root
    for place in (root, root / folder):
        for name in names:
            if (place / name).exists():
                return place / name
    wanted = " or ".join(names)
    raise DataError(f"{root}: no {wanted} here or in {folder}/; give the folder that holds {wanted}")


def pictures(folder: Path, stems: list[str]) -> list[Path]:
    """The picture of each stem, whichever suffix it has there; a missing one keeps the official ".jpg"."""
    present = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    found = {path.stem: path for path in present if path.suffix.lower() in SUFFIXES}
    return [found.get(stem, folder / f"{stem}.jpg") for stem in stems]
