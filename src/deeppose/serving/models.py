"""The models of a server, loaded before it says it is ready, and the one thing they are for: a picture's people."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.data.images import read_image
from deeppose.errors import ConfigError, ImageError, LargeImageError
from deeppose.inference import finders
from deeppose.inference.finders import Finder, Found
from deeppose.inference.finders.fixed import GivenBoxes
from deeppose.inference.frames import Frame
from deeppose.inference.people import LEAST
from deeppose.inference.pipeline import Pipeline
from deeppose.inference.predictor import Predictor
from deeppose.rectangles import from_corner_and_size
from deeppose.serving.folder import shipped
from deeppose.serving.metrics import Metrics
from deeppose.serving.problems import ProblemError
from deeppose.serving.settings import Settings
from deeppose.stream.records import records_of


@dataclass(frozen=True)
class Question:
    """What is asked about a picture.

    Attributes:
        model: a name, or None for the default.
        skeleton: a skeleton's name: the model that has it.
        boxes: of people, each left, top, width, height in pixels; none to look for them.
        people: at most so many, the best.
        least: leave out who scores less; None for what `deeppose predict` does.
        stages: answer every stage's joints too.
        turns: ways up of looking, 1, 2 or 4.
    """

    model: str | None = None
    skeleton: str | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    people: int | None = None
    least: float | None = None
    stages: bool = False
    turns: int = 1


class Models:
    """Every model of a server by name, and who finds its individuals where a question gives no boxes.

    Raises:
        ModelError: one is missing or not one of ours.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        opened = [Predictor(name, settings.threads) for name in settings.models or shipped()]
        self.by_name = {predictor.card.name: predictor for predictor in opened}
        blank = np.full((64, 64, 3), 128, np.uint8)
        for predictor in opened:  # the first run of a session is slow: not a user's
            finder = self.finder(predictor) if predictor.card.sought else GivenBoxes([32, 32, 64, 64])
            Pipeline(predictor, finder).one(Frame(predictor.identity, 0, None, blank))

    @cached_property
    def _people(self) -> Finder:
        return finders.named(self._settings.detector, self._settings.threads)

    def finder(self, predictor: Predictor) -> Finder:
        """Who finds a model's individuals: in whole pictures nobody, else the detector named or what ships.

        Raises:
            ConfigError: the model needs boxes.
        """
        if self._settings.detector and not predictor.card.whole:
            return self._people
        return finders.of_model(predictor.card, lambda: self._people)

    def chosen(self, question: Question) -> Predictor:
        """The model a question is for.

        Raises:
            ProblemError: 422, it names none of ours; says which there are.
        """
        fitting = [
            predictor
            for name, predictor in self.by_name.items()
            if question.model in (None, name) and question.skeleton in (None, predictor.card.skeleton.name)
        ]
        if fitting:
            return fitting[0]
        known = ", ".join(f"{name} ({p.card.skeleton.name})" for name, p in self.by_name.items())
        wish = " and ".join(
            f"{what} {value}"
            for what, value in (("model", question.model), ("skeleton", question.skeleton))
            if value
        )
        raise ProblemError(422, f"nothing here is {wish}; there are {known}")

    def people(self, content: bytes, name: str, question: Question) -> dict[str, Any]:
        """The answer about one picture: blocks, so call it in the desk's thread.

        Raises:
            ProblemError: 413, too many pixels or people; 400, not a picture; 422, a box that cannot be.
        """
        predictor = self.chosen(question)
        with self._metrics.phase("decode"):
            pixels = self._read(content, name)
        sought = not question.boxes and not predictor.card.whole
        least = (LEAST if sought else 0.0) if question.least is None else question.least
        most, frame = self._most(question), Frame(name, 0, None, pixels)
        began = time.perf_counter()
        try:
            asked = GivenBoxes(_centred(question.boxes)) if question.boxes else self.finder(predictor)
            finder = Timed(asked, self._settings.max_people)
            pipeline = Pipeline(predictor, finder, question.turns, least=least, most=most)
            poses = pipeline.one(frame)
        except ConfigError as error:
            raise ProblemError(422, str(error)) from error
        self._metrics.phases.labels("find").observe(finder.spent)
        self._metrics.phases.labels("pose").observe(time.perf_counter() - began - finder.spent)
        self._metrics.people.inc(len(poses))
        height, width = pixels.shape[:2]
        records = records_of(frame, poses, predictor.identity, question.stages) if len(poses) else []
        return {
            "file": name, "width": width, "height": height, "model": predictor.identity,
            "skeleton": predictor.card.skeleton.name, "people": records,
        }  # fmt: skip

    def _read(self, content: bytes, name: str) -> NDArray[np.uint8]:
        try:
            return read_image(content, max_pixels=self._settings.max_pixels)
        except ImageError as error:
            said = f"{name}: {str(error).removeprefix('picture: ')}"  # what the reader calls bytes
            if isinstance(error, LargeImageError):
                raise ProblemError(413, said) from error
            raise ProblemError(400, said, "send a whole picture, for example a JPEG or a PNG") from error

    def _most(self, question: Question) -> int:
        most = self._settings.max_people
        if len(question.boxes) > most:
            raise ProblemError(413, f"{len(question.boxes)} boxes; this server takes {most} people a picture")
        return min(question.people or most, most)


class Timed:
    """A finder that is timed apart from the poses that follow, and finds at most so many."""

    def __init__(self, finder: Finder, most: int) -> None:
        self._finder, self._most, self.spent = finder, most, 0.0

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """As the finder."""
        began = time.perf_counter()
        found = finders.most(self._finder(picture), self._most)
        self.spent = time.perf_counter() - began
        return found


def _centred(boxes: Sequence[tuple[float, float, float, float]]) -> NDArray[np.float64]:
    """(N, 4) cx, cy, w, h of left, top, width, height."""
    corners = np.array(boxes, np.float64)
    return from_corner_and_size(corners)


def card(predictor: Predictor) -> dict[str, Any]:
    """What `GET /v1/models` says of a model: its metadata, and the card that ships beside it."""
    about, text = predictor.card, predictor.path.with_suffix(".md")
    return {
        "name": about.name, "skeleton": about.skeleton.name, "joints": list(about.skeleton.joints),
        "edges": [list(edge) for edge in about.skeleton.edges], "stages": about.stages, "canvas": about.canvas,
        "context": about.context, "card": _text(text),
    }  # fmt: skip


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
