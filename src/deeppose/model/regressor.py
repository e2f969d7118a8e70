"""psi(x; theta) seen from outside: what every stage's network takes and gives, and what becomes of it in the picture.

Crops (B, 3, R, R) become an `Output`: a normalised pose vector, one (x, y) a joint, and for networks trained by
likelihood the scale of its error. Stage 1 reads all K joints; for joint i's crop a later stage reads joint i's (psi_i).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

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


class Estimate(NamedTuple):
    """Poses in pixels, of one stage (N, K, ...) or of all (N, S, K, ...).

    Attributes:
        joints: (..., K, 2) pixels.
        scales: (..., K) Laplace scale of the error in pixels, 0 where the network predicts none.
        context: (N, F) what stage 1 saw of the whole person.
    """

    joints: Tensor
    scales: Tensor
    context: Tensor | None = None


class Psi(Protocol):
    """Anything that answers crops (B, 3, R, R) as a regressor does."""

    @property
    def input_size(self) -> Size:
        """R, or (height, width), of its crops."""

    def __call__(self, crops: Tensor, /) -> Output:
        """B poses, normalised by their crops' boxes."""


class Pretrained(Protocol):
    """Trained parameters of another network, read from a file; a network asks for the kind it can take."""

    def fill_normalized(self, trunk: nn.Module) -> None:
        """Fill a trunk whose convolutions are followed by batch norm, its statistics measured anew."""

    def fill_voting(self, trunk: nn.Module, votes: nn.Conv2d) -> None:
        """Fill a trunk without batch norm and the votes that read it."""


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

    def load_start(self, start: Pretrained) -> None:
        """Begin with trained parameters of another network.

        Raises:
            ConfigError: networks of this kind begin with nothing.
            ModelError: the file holds another network.
        """
        del start
        raise ConfigError(f"{type(self).__name__} starts from nothing: leave `pretrained` off")
