"""What a model says about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deeppose import skeleton

FULL_IMAGE, LABELLED = "full-image", "labelled"
"""What the metadata's "box" says of own labels: stage 1 was trained on whole pictures of one individual each, or on the
labels' boxes."""


@dataclass(frozen=True)
class Card:
    """What a model says about itself, in its metadata property "deeppose" (JSON).

    Attributes:
        name: of the recipe that trained it.
        skeleton: whose joints it predicts.
        stages: S, length of the stage axis of its outputs.
        canvas: side in pixels of the square pictures it takes.
        context: the region on the canvas is the person's box with both sides this many times as long.
        more: everything else, e.g. sigma and how it was trained.
    """

    name: str
    skeleton: skeleton.Skeleton
    stages: int
    canvas: int
    context: float
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether a picture is one individual to this model: nobody is looked for unless boxes are given."""
        return self.more.get("box") == FULL_IMAGE

    @property
    def sought(self) -> bool:
        """Whether the finder of people that ships finds whom this model knows: not mice with labelled boxes."""
        return self.more.get("box") != LABELLED or self.skeleton.person
