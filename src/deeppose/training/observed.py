"""What a stage is trained on: how far the stages before it miss people under the recipe's own looks."""

from __future__ import annotations

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model import displacement
from deeppose.model.cascade import Cascade
from deeppose.model.displacement import Displacements
from deeppose.training.settings import Recipe
from deeppose.training.views import COLUMNS, look, uniforms


@torch.no_grad()
def observe(cascade: Cascade, recipe: Recipe, stage: int, people: Store) -> Displacements:
    """N_i^(s-1) of section 3.2, in view coordinates, over `recipe.observed` of the people that `stage` learns from."""
    cascade.eval()
    table = uniforms(recipe.seed + 7919 * stage, 0, len(people), len(cascade.skeleton))
    table = table.to(people.canvases.device)
    everyone = torch.randperm(len(people), generator=torch.Generator().manual_seed(recipe.seed))
    seen: list[tuple[Tensor, ...]] = []
    for index in everyone[: recipe.observed or len(everyone)].split(128):
        view = look(cascade, people.subset(index), table[index][:, :COLUMNS], recipe.augment)
        guess = cascade(view.images, view.boxes, view.view, depth=stage).joints[:, -1]
        diam = cascade.diameter(view.joints, view.labelled)
        seen.append((guess, view.joints, view.labelled, diam))
    return displacement.fit(*(torch.cat(parts) for parts in zip(*seen, strict=True)))
