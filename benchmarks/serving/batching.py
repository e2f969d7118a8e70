"""Is it worth running the pictures of several requests together? Time a picture, and what becomes of the answers."""

from __future__ import annotations

import time
from typing import Any

from deeppose.data.images import read_image
from deeppose.inference import finders
from deeppose.inference.frames import Frame
from deeppose.inference.pipeline import Pipeline
from deeppose.inference.predictor import Predictor
from deeppose.serving.folder import EXAMPLES

TOGETHER = 8


def compared(threads: int, rounds: int = 6) -> dict[str, Any]:
    """`TOGETHER` pictures at once against one by one, in turn, so that a busy moment touches both."""
    predictor, finder = Predictor("lsp-compact", threads), finders.default(threads)
    pictures = [read_image(path) for path in EXAMPLES]
    frames = [
        Frame(f"{i}", 0, None, pictures[i % len(pictures)][10 * i :, : 480 - 7 * i]) for i in range(TOGETHER)
    ]
    ways = {"alone": Pipeline(predictor, finder), "together": Pipeline(predictor, finder, batch=TOGETHER)}
    spent, answers = dict.fromkeys(ways, 0.0), {}
    for i in range(rounds + 1):
        for name, pipeline in ways.items():
            began = time.process_time()
            answers[name] = [poses for _, poses in pipeline.run(frames)]
            spent[name] += (time.process_time() - began) if i else 0.0
    pairs = list(zip(answers["alone"], answers["together"], strict=True))
    return {
        "pictures_together": TOGETHER,
        "cpu_ms_a_picture": {n: round(1000 * s / rounds / TOGETHER, 1) for n, s in spent.items()},
        "largest_difference_px": float(max(abs(a.joints - b.joints).max() for a, b in pairs)),
        "largest_difference_of_a_score": float(max(abs(a.scores - b.scores).max() for a, b in pairs)),
        "bit_equal": all((a.joints == b.joints).all() and (a.scores == b.scores).all() for a, b in pairs),
    }
