"""Who answers for whom: task-aligned assignment (Feng et al., TOOD, ICCV 2021), and the loss on it.

A person's box is answered for by the ten cells inside it whose score and box fit it best, t = score^0.5 * IoU^6; a cell
that fits several people answers for the one it overlaps most. Its score is to become that overlap, so that scores rank
boxes by how good they are (as in RTMDet, whose weights the network starts with).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

CELLS = 10
"""Cells that answer for a person at most."""

SCORE_POWER, OVERLAP_POWER = 0.5, 6.0


@dataclass(frozen=True, eq=False)
class Assigned:
    """What A cells of B pictures are to say.

    Attributes:
        score: (B, A) in [0, 1]; 0 is nobody.
        box: (B, A, 4) x1, y1, x2, y2, of use where the score is above zero.
        counts: (B, A) whether the score counts: not within people of whom nobody knows whether they are there.
    """

    score: Tensor
    box: Tensor
    counts: Tensor


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes (..., 4) x1, y1, x2, y2, broadcast."""
    cut = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    inner = cut.prod(-1)
    return inner / (_area(a) + _area(b) - inner).clamp(min=1e-6)


def generous_iou(a: Tensor, b: Tensor) -> Tensor:
    """GIoU (Rezatofighi et al., CVPR 2019): IoU less the share of the hull that is neither's."""
    cut = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    inner = cut.prod(-1)
    union = (_area(a) + _area(b) - inner).clamp(min=1e-6)
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    return inner / union - (hull - union) / hull.clamp(min=1e-6)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


@torch.no_grad()
def assign(logits: Tensor, boxes: Tensor, people: Tensor, known: Tensor, cells: Tensor) -> Assigned:
    """What every cell is to say.

    Args:
        logits, boxes: (B, A) and (B, A, 4), the network's answers.
        people: (B, M, 4) x1, y1, x2, y2 true boxes; those of no area are filling.
        known: (B, M) whether they are certain; an uncertain one's cells count neither way.
        cells: (A, 2) centres.
    """
    true = _area(people) > 0
    sure = known & true
    inside = _inside(cells, people) & sure[..., None]
    overlap = iou(people[:, :, None], boxes[:, None]) * inside
    fit = logits.sigmoid()[:, None] ** SCORE_POWER * overlap**OVERLAP_POWER
    chosen = _best(fit + inside * 1e-9, inside)
    # A cell chosen by several people keeps the one that it overlaps most.
    mine = (overlap + 1e-6) * chosen
    owner = mine.argmax(1)
    has = chosen.any(1)
    kept = chosen & (F.one_hot(owner, people.shape[1]).transpose(1, 2).bool())
    score = (overlap * kept).amax(1)
    box = people.gather(1, owner[..., None].expand(-1, -1, 4))
    doubtful = (_inside(cells, people) & (true & ~known)[..., None]).any(1)
    return Assigned(score, box, has | ~doubtful)


def _inside(cells: Tensor, people: Tensor) -> Tensor:
    """(B, M, A) which cells' centres lie in which boxes."""
    low, high = cells - people[..., None, :2], people[..., None, 2:] - cells
    return (torch.minimum(low, high) > 0).all(-1)


def _best(fit: Tensor, inside: Tensor) -> Tensor:
    """(B, M, A) the cells of the greatest fit, at most `CELLS` a person, all of them inside."""
    count = min(CELLS, fit.shape[-1])
    places = fit.topk(count, dim=-1).indices
    return torch.zeros_like(inside).scatter_(-1, places, True) & inside


BOX_WEIGHT = 2.0


def detection_loss(logits: Tensor, boxes: Tensor, to_say: Assigned) -> Tensor:
    """Quality focal loss on scores (Li et al., NeurIPS 2020) and GIoU on the boxes of those who answer for somebody."""
    score = to_say.score
    away = (logits.detach().sigmoid() - score).abs() ** 2
    per_cell = F.binary_cross_entropy_with_logits(logits, score, reduction="none") * away
    weight = score.sum().clamp(min=1.0)
    own = score > 0
    shape = ((1 - generous_iou(boxes[own], to_say.box[own])) * score[own]).sum()
    return ((per_cell * to_say.counts).sum() + BOX_WEIGHT * shape) / weight
