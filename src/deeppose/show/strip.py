"""The cascade at work in one picture: as it is, then the pose after each stage (as Fig. 6 of the paper)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from deeppose.poses import Poses
from deeppose.show.overlay import draw_ghost, draw_pose, line_width, resized
from deeppose.show.palette import LEFT, LOW, RIGHT, Colour
from deeppose.types import Pixels

HEIGHT, FLATTEST = 460, 2.0
"""Of the panels, in pixels; and how many times one side of what they show may be as long as the other."""

MARGIN, CAPTION = 12, 30
PAPER, INK, FAINT = (255, 255, 255), (30, 32, 36), (110, 114, 120)


def strip(picture: Pixels, poses: Poses, person: int = 0) -> Pixels:
    """Picture, stage 1, stage 2, … side by side, captioned; the stage before shows through in white.

    Args:
        picture: (H, W, 3) uint8 RGB.
        poses: with their stages.
        person: which of the poses.

    Returns:
        (H', W', 3) uint8 RGB.
    """
    photo, zoom, corner = _around(picture, poses, person)
    assert poses.stages is not None
    assert poses.stage_scores is not None
    stages = (poses.stages[person] - corner) * zoom
    width, panels = line_width(stages[-1], max(photo.shape[:2])), [photo]
    for s in range(len(stages)):
        panel = photo.copy()
        if s:
            draw_ghost(panel, stages[s - 1], poses.skeleton, width)
        draw_pose(panel, stages[s], poses.stage_scores[person, s] >= LOW, poses.skeleton, width)
        panels.append(panel)
    return _compose(panels, ["picture", *(f"stage {s + 1}" for s in range(len(stages)))])


def _around(picture: Pixels, poses: Poses, person: int) -> tuple[Pixels, float, NDArray[np.float64]]:
    """The picture about the person's box at the panels' height, the factor to its pixels, and its corner."""
    size = np.array([picture.shape[1], picture.shape[0]])
    centre, extent = poses.boxes[person, :2], poses.boxes[person, 2:] * 1.15
    extent = np.maximum(extent, extent.max() / FLATTEST)  # around a flat box: what is above and below
    x0, y0 = np.clip(np.floor(centre - extent / 2), 0, size - 1).astype(int)
    x1, y1 = np.clip(np.ceil(centre + extent / 2), [x0 + 1, y0 + 1], size).astype(int)
    part = picture[y0:y1, x0:x1]
    zoom = min(HEIGHT / part.shape[0], FLATTEST * HEIGHT / part.shape[1])
    photo, zoom = resized(part, max(1, round(max(part.shape[:2]) * zoom)))
    return photo, zoom, np.array([x0, y0], np.float64)


def _compose(panels: list[Pixels], captions: list[str]) -> Pixels:
    height, width = panels[0].shape[:2]
    step = width + MARGIN
    sheet = Image.new("RGB", (MARGIN + step * len(panels), height + 2 * MARGIN + 2 * CAPTION), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=18)
    for i, (panel, caption) in enumerate(zip(panels, captions, strict=True)):
        sheet.paste(Image.fromarray(panel), (MARGIN + i * step, MARGIN))
        pen.text((MARGIN + i * step + width / 2, height + MARGIN + 6), caption, INK, font, anchor="ma")
    _legend(pen, height + MARGIN + CAPTION + 8)
    return np.asarray(sheet)


def _legend(pen: ImageDraw.ImageDraw, y: int) -> None:
    """What the colours mean; left and right are the person's own."""
    font, x = ImageFont.load_default(size=15), float(MARGIN)
    entries: list[tuple[str, Colour, bool]] = [
        ("the person's right", RIGHT, True), ("left", LEFT, True), ("unsure", FAINT, False),
    ]  # fmt: skip
    for words, ink, full in entries:
        pen.ellipse((x, y + 3, x + 11, y + 14), fill=ink if full else None, outline=ink, width=2)
        pen.text((x + 18, y), words, FAINT, font)
        x += 36 + pen.textlength(words, font)
