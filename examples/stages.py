"""The cascade at work: how far each stage moves each joint (section 3.2), as a picture and in pixels."""

from itertools import pairwise
from pathlib import Path

import numpy as np

import deeppose
from deeppose.show.overlay import save
from deeppose.show.strip import strip

picture = Path(deeppose.__file__).parent / "assets" / "acrobat-2.jpg"
poses = deeppose.load().predict(picture)
stages = poses.stages[0]  # (S, K, 2): the first person's joints after every stage
for number, (before, after) in enumerate(pairwise(stages), start=2):
    moved = np.linalg.norm(after - before, axis=-1)
    print(f"stage {number} moves a joint by {moved.mean():.1f} pixels on average, {moved.max():.1f} at most")
save(Path("stages.jpg"), strip(deeppose.read_image(picture), poses))
