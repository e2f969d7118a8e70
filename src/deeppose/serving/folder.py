"""The page as a folder that any static host serves: its own files, the runtime, the models, and `site.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import deeppose
from deeppose.data.images import read_image
from deeppose.errors import ConfigError, ModelError
from deeppose.evaluation.oks import AREA_OF_BOX
from deeppose.files import make, write
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.likeness import SAME
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.people import LEAST
from deeppose.inference.placing import OUTSIDE
from deeppose.inference.shipped import PAPER, SHIPPED, names
from deeppose.serving import runtime, site
from deeppose.show.palette import CASING, LEFT, LOW, MIDDLE, RIGHT, hexadecimal
from deeppose.skeleton import BOX

PAGE = Path(__file__).parent / "page"
EXAMPLES = tuple(sorted((Path(__file__).parents[1] / "assets").glob("acrobat-*.jpg")))


def build(
    out: Path,
    models: Sequence[str | Path] = (),
    server: str | None = None,
    threads: int | None = None,
    detector: str | Path | None = None,
) -> dict[str, Any]:
    """Write the whole page into a folder, and return what `site.json` says.

    Args:
        out: made where it is missing; files of an earlier page are replaced.
        models: names of weights that ship, or files; every pose model that ships where none is named.
        server: the address of the API relative to the page, where a server of ours sends it.
        threads: CPU threads for the answers that the page checks itself against.
        detector: as of `finders.named`, a file of the plain layout; None for the finder that ships.

    Raises:
        ConfigError: the runtime is not there, or the folder cannot be written.
        ModelError: a model is missing or not one of ours.
    """
    runtime.require()
    opened = [OnnxModel(m, threads) for m in models or shipped()]
    _distinct([model.card.name for model in opened])
    make(out)
    _copy_page(out)
    picture = read_image(EXAMPLES[0])
    box = PersonFinder(threads=threads)(picture)[0]
    said = {
        "version": deeppose.__version__,
        "server": server,
        "low": LOW,
        "outside": OUTSIDE,
        "least": LEAST,
        "alike": {"same": SAME, "areaOfBox": AREA_OF_BOX},
        "palette": {
            "left": hexadecimal(LEFT), "right": hexadecimal(RIGHT), "middle": hexadecimal(MIDDLE),
            "casing": hexadecimal(CASING),
        },
        "runtime": {
            "folder": "runtime/", "wasm": "runtime/ort.wasm.min.mjs", "webgpu": "runtime/ort.jspi.min.mjs",
        },
        "examples": [f"examples/{path.name}" for path in EXAMPLES],
        "finder": site.finder(out, threads, detector),
        "models": [site.pose_model(model, out, picture, box) for model in opened],
    }  # fmt: skip
    write(out / "site.json", json.dumps(said))
    return said


def shipped() -> list[str]:
    """Of the weights that ship the names of pose models to use, the default first."""
    found = [name for name in names() if name != PAPER and _is_pose_model(name)]
    return sorted(found, key=lambda name: (name != SHIPPED.stem, name))


def _is_pose_model(name: str) -> bool:
    try:
        return OnnxModel(name, threads=1).card.skeleton != BOX
    except ModelError:  # weights of another contract, a detector's
        return False


def _distinct(found: list[str]) -> None:
    """Files on the page are called after their models, whoever named those.

    Raises:
        ConfigError: two of one name, or a name that is none for a file.
    """
    for name in found:
        if found.count(name) > 1:
            raise ConfigError(f"two models are called {name}: a page holds one of each; name one of them")
        if not re.fullmatch(r"[\w-][\w.-]*", name):
            raise ConfigError(f"model {name!r}: a page's model is called by letters, digits, '-' and '_'")


def _copy_page(out: Path) -> None:
    for path in sorted(PAGE.rglob("*")):
        if path.is_file():
            site.copy(path, out / path.relative_to(PAGE))
    for path in EXAMPLES:
        site.copy(path, out / "examples" / path.name)
