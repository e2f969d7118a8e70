"""Joints of one picture, printed and drawn: python examples/photo.py [PICTURE]."""

import sys
from pathlib import Path

import deeppose
from deeppose.show.overlay import draw, save

picture = sys.argv[1] if len(sys.argv) > 1 else Path(deeppose.__file__).parent / "assets" / "acrobat-2.jpg"
poses = deeppose.load().predict(picture)
for joint, (x, y), score in zip(poses.skeleton.joints, poses.joints[0], poses.scores[0], strict=True):
    print(f"{joint:16} {x:7.1f} {y:7.1f} {score:6.2f}")
save(Path("photo-pose.jpg"), draw(deeppose.read_image(picture), poses))
