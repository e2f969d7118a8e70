"""Who is in a picture, and where: picture in, boxes out.

find = finders.default()
people = finders.most(find(picture), 4)     # the four best; None for all
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deeppose.errors import ConfigError
from deeppose.inference.card import Card
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.finders.fixed import FullImage
from deeppose.inference.finders.person import MODEL, MostProminent, PersonFinder
from deeppose.inference.found import LEAST, Finder, Found, most, ranked
from deeppose.inference.shipped import DETECTOR

__all__ = ["Finder", "Found", "default", "most", "named", "of_model", "ranked"]


def default(threads: int | None = None, device: str = "cpu") -> Finder:
    """The finder used when none is named: everyone, by the detector that ships.

    Args:
        threads: CPU threads; None for one a physical core.
        device: as of `named`.

    Raises:
        ModelError: its weights are not in this copy.
    """
    return named(None, threads, device)


def named(
    word: str | Path | None, threads: int | None = None, device: str = "cpu", least: float = LEAST
) -> Finder:
    """The finder that a user's word means.

    Args:
        word: a detector's ONNX file; "person-box", stage 0, for the most prominent person alone, whichever way up;
            "person-detector" or None for the detector that ships.
        threads: CPU threads; None for one a physical core.
        device: cpu, cuda or openvino, for person-box; detectors run on the CPU.
        least: of a detector, boxes that score less are left out.

    Raises:
        ModelError: the file is missing or no detector known here.
    """
    if word == MODEL:
        return MostProminent(PersonFinder(threads=threads, device=device))
    return DetectorFile(DETECTOR if word is None or word == DETECTOR.stem else word, threads, least=least)


def of_model(card: Card, people: Callable[[], Finder]) -> Finder:
    """The finder used for a model when nobody says where its individuals are: what it was trained on decides.

    Args:
        people: gives the finder of people, and is called only where that is it.

    Raises:
        ConfigError: it is of other individuals than people, and was trained on their boxes: nothing finds them.
    """
    if card.whole:
        return FullImage()
    if not card.sought:
        raise ConfigError(
            f"{card.name} was trained on boxes, and what ships finds nothing but people: say where each "
            f"{card.skeleton.name} is, by boxes or a detector of your own"
        )
    return people()
