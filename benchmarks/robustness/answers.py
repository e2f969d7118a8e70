"""What the model answers on distorted pictures: predicted once, then kept in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from distortions import EFFECTS, Floats, Mask, Scene
from groups import Group

from deeppose.data.images import read_image
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.predictor import Predictor


@dataclass(frozen=True, eq=False)
class Answer:
    """Predictions under one effect at one level, in the distorted pictures' pixels.

    Attributes:
        truth: (N, K, 2).
        labelled, within: (N, K) the joint has a label; it is in the picture.
        joints: (N, S, K, 2).
        scores: (N, S, K).
        boxes: (N, 4) cx, cy, w, h, what stage 1 looked at.
        outside: (N,) share of the box that lies outside the picture.
    """

    truth: Floats
    labelled: Mask
    within: Mask
    joints: Floats
    scores: Floats
    boxes: Floats
    outside: Floats


def answered(g: Group, name: str, level: float, predictor: Predictor, kept: Path) -> Answer:
    """From the folder of those kept, which grows by whom it lacks; the undistorted serves all effects."""
    neutral = level == EFFECTS[name].neutral and (name != "rotation" or predictor.card.more.get("square"))
    file = kept / f"{g.name} {g.box} {'as it is' if neutral else f'{name} {level:g}'}.npz"
    before = load(file) if file.exists() else None
    known = 0 if before is None else len(before.truth)
    if known < len(g.people):
        scenes = (
            EFFECTS[name].apply(scene, level) if not neutral else scene for scene in scenes_of(g, known)
        )
        before = joined(before, predicted(found(scenes, g.finder), predictor))
        np.savez_compressed(file, **vars(before))
    assert before is not None
    return Answer(*(array[: len(g.people)] for array in vars(before).values()))


def load(file: Path) -> Answer:
    with np.load(file) as arrays:
        return Answer(**arrays)


def joined(first: Answer | None, more: Answer) -> Answer:
    if first is None:
        return more
    pairs = zip(vars(first).values(), vars(more).values(), strict=True)
    return Answer(*(np.concatenate(pair) for pair in pairs))


def scenes_of(g: Group, start: int) -> Iterator[Scene]:
    for number in range(start, len(g.people)):
        person = g.people.annotations[number]
        picture = read_image(person.image)
        within = np.ones_like(person.labelled)
        yield Scene(picture, person.joints, person.labelled, within, g.boxes[number], number)


def found(scenes: Iterable[Scene], finder: PersonFinder | None) -> Iterator[Scene]:
    """Each with the box that is found in its picture; as they are without a finder."""
    for scene in scenes:
        yield replace(scene, box=finder(scene.picture)[0]) if finder else scene


def predicted(scenes: Iterable[Scene], predictor: Predictor) -> Answer:
    rows: list[tuple[Any, ...]] = []
    for scene in scenes:
        poses = predictor.predict(scene.picture, scene.box)
        assert poses.stages is not None
        assert poses.stage_scores is not None
        answer = (poses.stages[0], poses.stage_scores[0])
        rows.append((scene.joints, scene.labelled, scene.within, *answer, scene.box, beyond(scene)))
    return Answer(*(np.stack(column) for column in zip(*rows, strict=True)))


def beyond(scene: Scene) -> float:
    """The share of the box's area outside the picture, which the model sees as grey."""
    low, high = scene.box[:2] - scene.box[2:] / 2, scene.box[:2] + scene.box[2:] / 2
    seen = np.minimum(high, scene.picture.shape[1::-1]) - np.maximum(low, 0)
    return float(1 - np.prod(np.maximum(seen, 0)) / np.prod(scene.box[2:]))
