"""How long the report on LSP test takes from saved predictions.

    python benchmarks/report.py ROOT [--predictions FILE] [--out PAGE]

ROOT is LSP in its official layout; without a file of predictions the truth with noise is used. The command runs in a
process of its own, from the start of Python to the two files written. Its processor time (user and system) is what the
work costs, whoever else uses the machine; the wall time is what one waits, and depends on the load and niceness that
are printed beside it. Needs the extra `plot`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from deeppose.data import datasets
from deeppose.data.boxes import full_image_boxes
from deeppose.poses import Poses

STAGES = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path)
    parser.add_argument("--predictions", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="PAGE", help="where to leave the page")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        saved = args.predictions or noisy_truth(args.root, Path(folder) / "predictions.json")
        print(json.dumps(timed(args.root, saved, args.out or Path(folder) / "report.html"), indent=1))


def noisy_truth(root: Path, out: Path) -> Path:
    """LSP test with errors of 20, 13 and 10 pixels after the three stages, as `--save-predictions` writes them."""
    people = datasets.read("lsp", root, "test")
    files = [person.image for person in people.annotations]
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (len(people), STAGES, len(people.skeleton), 2))
    stages = people.joints()[:, None] + noise * np.array([20.0, 13.0, 10.0])[:, None, None]
    scores = rng.random(stages.shape[:3])
    poses = Poses(people.skeleton, stages[:, -1], scores[:, -1], full_image_boxes(files), stages, scores)
    records = poses.to_records([str(file) for file in files], all_stages=True)
    out.write_text(json.dumps({"box": "full-image", "sigma": 2.0, "people": records}))
    return out


def timed(root: Path, saved: Path, page: Path) -> dict[str, float | int | None]:
    options = ["--root", str(root), "--predictions", str(saved), "--report", str(page)]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "deeppose", "evaluate", "lsp", *options], check=True, stdout=subprocess.DEVNULL
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall_s": round(wall, 1),
        "user_s": round(after.ru_utime - before.ru_utime, 2),
        "system_s": round(after.ru_stime - before.ru_stime, 2),
        "page_bytes": page.stat().st_size,
        "json_bytes": page.with_suffix(".json").stat().st_size,
        "cores": os.cpu_count(),
        "niceness": os.nice(0),
        "load_average": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
