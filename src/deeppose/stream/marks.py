"""What this program draws carries a mark, so that a folder of results can be an input again without its drawings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from PIL import Image

from deeppose.show.overlay import DRAWN, SOFTWARE

MANIFEST = "run.json"
"""What a run says about itself, in its folder."""

_NAMED = re.compile(r"-(pose|stages)(-\d+)?$")


def ours(path: Path) -> bool:
    """Did this program draw it? Only files named as drawings are opened."""
    if not _NAMED.search(path.stem):
        return False
    if path.suffix.lower() == ".mp4":
        return path.name in manifest(path.parent).get("videos", ())
    try:
        with Image.open(path) as picture:
            return str(picture.getexif().get(SOFTWARE, "")).startswith(DRAWN)
    except Exception:  # whatever a decoder raises: the source that reads it will say so
        return False


def manifest(folder: Path) -> dict[str, Any]:
    """What the run that wrote a folder said; empty where none did."""
    try:
        said = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) and "deeppose" in said else {}
