"""Whether a model is what its card says: found when it is loaded, not in the middle of somebody's pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeppose.errors import ModelError
from deeppose.inference.card import Card


def sensible(card: Card) -> Card:
    """The card, whose numbers can be a model's.

    Raises:
        ValueError: naming the one that cannot.
    """
    if not 1 <= card.stages <= 100:
        raise ValueError(f"stages {card.stages}, from 1 to 100")
    if not 8 <= card.canvas <= 4096:
        raise ValueError(f"canvas {card.canvas}, from 8 to 4096 pixels")
    if not 0.1 <= card.context <= 10:
        raise ValueError(f"context {card.context}, from 0.1 to 10")
    return card


def check_signature(path: Path, card: Card, session: onnxruntime.InferenceSession) -> None:
    """Compare what the graph declares with the card.

    Raises:
        ModelError: they contradict each other; says in what.
    """
    side, stages, joints = card.canvas, card.stages, len(card.skeleton)
    wanted = {
        "canvases": (None, side, side, 3), "boxes": (None, 4),
        "joints": (None, stages, joints, 2), "scores": (None, stages, joints),
    }  # fmt: skip
    for value in (*session.get_inputs(), *session.get_outputs()):
        shape, right = value.shape, wanted.get(value.name, value.shape)
        fits = len(shape) == len(right) and not isinstance(shape[0], int)
        if value.name in wanted and not (
            fits and all(s == r or not isinstance(s, int) for s, r in zip(shape[1:], right[1:], strict=True))
        ):
            raise ModelError(
                f"{path}: its metadata and its graph contradict each other: {value.name} is {shape}, "
                f"for {stages} stages of {joints} joints on {side} pixels it is [N, {', '.join(map(str, right[1:]))}]; "
                "export it again"
            )


def check_answer(
    path: Path, card: Card, people: int, joints: NDArray[np.float32], scores: NDArray[np.float32]
) -> None:
    """Refuse answers that are no poses of so many people.

    Raises:
        ModelError: another shape than the card's, or values that are not finite.
    """
    shape = (people, card.stages, len(card.skeleton))
    if joints.shape != (*shape, 2) or scores.shape != shape:
        raise ModelError(
            f"{path}: answers with joints {joints.shape} and scores {scores.shape} "
            f"where its metadata say {(*shape, 2)} and {shape}; export it again"
        )
    if not (np.isfinite(joints).all() and np.isfinite(scores).all()):
        raise ModelError(
            f"{path}: answers with values that are no numbers (NaN or infinite); it is damaged, export it again"
        )
    if scores.size and not (scores.min() >= -1e-6 and scores.max() <= 1 + 1e-6):
        raise ModelError(f"{path}: answers with scores outside 0 to 1; it is damaged, export it again")
