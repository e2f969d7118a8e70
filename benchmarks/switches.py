"""What second look, mirroring and fusion are worth: a trained run predicts its held-out people with each switched off.

    python benchmarks/switches.py RUN --root DATA

RUN is the folder of an `lsp-compact` run. Each row is the same parameters, and full-image boxes; the paper's own way is
one look without fusion. Writes benchmarks/results/switches.json.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import torch
from common import asked, keep

from deeppose.training import checkpoint, recipes, validation
from deeppose.training.run import CHECKPOINT
from deeppose.training.sources import held_out_people


def main() -> None:
    """Predict, print, write."""
    parser = asked(__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--recipe", default="lsp-compact")
    args = parser.parse_args()
    recipe = recipes.get(args.recipe)
    held_out = held_out_people(recipe, args.root)
    cascade = checkpoint.cascade_of(checkpoint.load(args.run / CHECKPOINT)).to(
        memory_format=torch.channels_last
    )
    trained, rows = cascade.config, []
    for (looks, flip), fuse in product(((1, False), (2, False), (2, True)), (False, True)):
        cascade.config = replace(trained, looks=looks, flip=flip, fuse=fuse)
        joints = validation.predict(cascade, held_out).joints
        scores = [validation.score(joints[:, s], held_out, cascade.skeleton) for s in range(joints.shape[1])]
        rows.append(
            {"looks": looks, "flip": flip, "fuse": fuse, "stages": [score.asdict() for score in scores]}
        )
        print(f"looks {looks}, flip {flip}, fuse {fuse}", *scores, sep="\n  ")
    result = {"people": f"{len(held_out)} held out of LSP train", "rows": rows}
    keep("switches", result)


if __name__ == "__main__":
    main()
