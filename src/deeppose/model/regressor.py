"""psi(x; theta) seen from outside: what every stage's network takes and gives.

Crops (B, 3, R, R) become an `Output`: a normalised pose vector, one (x, y) a joint, and for networks trained by
likelihood the scale of its error. Stage 1 reads all K joints; for joint i's crop a later stage reads joint i's (psi_i).
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from deeppose.errors import ConfigError
from deeppose.model.geometry import Size


class Output(NamedTuple):
    """What psi says of a crop.

    Attributes:
        pose: (B, K, 2) joints normalised by the crop's box, eq. (1).
        log_scale: (B, K, 2) logarithm of the Laplace scale of the error, in the same units; None for plain L2.
        context: (B, F) what the network saw of the whole crop, for judging which joints are in the picture at all.
    """

    pose: Tensor
    log_scale: Tensor | None
    context: Tensor | None = None


class Regressor(nn.Module):
    """What every psi is: crops (B, 3, R, R) in, an `Output` for K joints out.

    Attributes:
        joints: K.
        input_size: R, the side of its crops in pixels, or their (height, width).
        context_size: F, 0 for a network that gives no context.
        predicts_scale: whether its outputs have a `log_scale`.
    """

    joints: int
    input_size: Size
    context_size: int = 0
    predicts_scale: bool = False

    def freeze(self, blocks: int) -> None:
        """Hold the first `blocks` blocks of the trunk at their present weights, and train the rest.

        Raises:
            ConfigError: the network has no trunk to hold.
        """
        if blocks:
            raise ConfigError(
                f"{type(self).__name__} has no trunk whose blocks can be frozen: set frozen to 0"
            )
