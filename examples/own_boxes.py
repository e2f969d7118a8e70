"""Boxes from elsewhere (a detector, a file, a click) instead of the person that the program finds."""

from pathlib import Path

import deeppose

picture = Path(deeppose.__file__).parent / "assets" / "acrobat-1.jpg"
corners = [(40, 20, 340, 440), (10, 10, 210, 410)]  # x1, y1, x2, y2 in pixels
boxes = [((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1) for x1, y1, x2, y2 in corners]
poses = deeppose.load().predict(picture, boxes)  # one call for all of a picture's people
for box, scores in zip(corners, poses.scores, strict=True):
    print(f"{box}: {(scores > 0.5).sum()} of {scores.size} joints are likely right")
