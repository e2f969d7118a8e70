"""Who is in a picture, and where: picture in, boxes out.

find = finders.default()
people = finders.most(find(picture), 4)     # the four best; None for all
"""

from __future__ import annotations

from collections.abc import Callable

from deeppose.errors import ConfigError
from deeppose.inference.card import Card
from deeppose.inference.finders.found import Finder, Found, most, ranked

__all__ = ["Finder", "Found", "default", "most", "of_model", "ranked"]


def default(threads: int | None = None, device: str = "cpu") -> Finder:
    """The finder used when none is named.

    Args:
        threads: CPU threads; None for one a physical core.
        device: cpu, cuda or openvino.

    Raises:
        ModelError: its weights are not in this copy.
    """
    from deeppose.inference.finders.person import MostProminent

    return MostProminent(threads=threads, device=device)


def of_model(card: Card, people: Callable[[], Finder]) -> Finder:
    """The finder used for a model when nobody says where its individuals are: what it was trained on decides.

    Args:
        people: gives the finder of people, and is called only where that is it.

    Raises:
        ConfigError: it is of other individuals than people, and was trained on their boxes: nothing finds them.
    """
    from deeppose.inference.finders.fixed import FullImage

    if card.whole:
        return FullImage()
    if not card.sought:
        raise ConfigError(
            f"{card.name} was trained on boxes, and what ships finds nothing but people: say where each "
            f"{card.skeleton.name} is, by boxes or a detector of your own"
        )
    return people()
