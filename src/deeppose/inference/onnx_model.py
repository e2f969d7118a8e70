"""One `.onnx` file holding a whole cascade, and what it says about itself."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeppose import skeleton_json
from deeppose.data.canvas import FILL
from deeppose.errors import ConfigError, DataError, ModelError
from deeppose.inference import checking, sealing
from deeppose.inference.card import Card
from deeppose.inference.shipped import locate

FORMATS = (1, 2)
"""Versions of the contract below that this code reads; a file says its own under the key "format". In format 1 the
skeleton is the name of a known one, since 2 it is all there (`skeleton_json`)."""

__all__ = ["INPUTS", "OUTPUTS", "Card", "OnnxModel"]

MOST_THREADS = 1024

INPUTS = ("canvases", "boxes")
OUTPUTS = ("joints", "scores")


class OnnxModel:
    """A cascade run by ONNX Runtime.

    Contract of the file: inputs `canvases` (N, C, C, 3) uint8 RGB and `boxes` (N, 4) float32 cx, cy, w, h in canvas
    pixels; outputs `joints` (N, S, K, 2) float32 in canvas pixels and `scores` (N, S, K) float32 in [0, 1].

    Args:
        path: the file, or the name of weights that ship; None for the ones used by default.
        threads: CPU threads; None for one a physical core.
        providers: of ONNX Runtime, the preferred first; None for the CPU.

    Raises:
        ModelError: the file is missing, is no ONNX model, or is none of ours.
        ConfigError: fewer than one thread, or a provider that this ONNX Runtime lacks.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        threads: int | None = None,
        providers: Sequence[str] | None = None,
    ) -> None:
        self.path = locate(path)
        self._session = _session(self.path, threads, _available(providers))
        self.card = _card(self.path, self._session)
        checking.check_signature(self.path, self.card, self._session)
        self._try()

    def run(
        self, canvases: NDArray[np.uint8], boxes: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Joints (N, S, K, 2) in canvas pixels and scores (N, S, K) of N people, every stage.

        Raises:
            ModelError: the model fails, or answers with something else than its card says, or with no numbers.
        """
        try:
            joints, scores = self._session.run(
                list(OUTPUTS), dict(zip(INPUTS, (canvases, boxes), strict=True))
            )
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            raise ModelError(f"{self.path}: the model fails: {str(error)[:300]}; export it again") from error
        checking.check_answer(self.path, self.card, len(canvases), joints, scores)
        return joints, scores

    def _try(self) -> None:
        """One look at a blank canvas, so that a model that cannot work is refused before any picture is read."""
        side = self.card.canvas
        blank = np.full((1, side, side, 3), FILL, np.uint8)
        self.run(blank, np.array([[side / 2, side / 2, side / 2, side / 2]], np.float32))


def _available(providers: Sequence[str] | None) -> list[str]:
    chosen, known = list(providers or ["CPUExecutionProvider"]), onnxruntime.get_available_providers()
    for name in chosen:
        if name not in known:
            raise ConfigError(f"provider {name!r}: this ONNX Runtime has {', '.join(known)}")
    return chosen


def _session(path: Path, threads: int | None, providers: list[str]) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = _threads(threads)
    try:
        return onnxruntime.InferenceSession(os.fspath(path), options, providers=providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
        raise ModelError(f"{path}: not a model ONNX Runtime can load: {error}") from error


def _threads(number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_THREADS:
        raise ConfigError(
            f"threads must be a number from 1 to {MOST_THREADS}, not {number!r}; leave it out to use every core"
        )
    return number


def _card(path: Path, session: onnxruntime.InferenceSession) -> Card:
    try:
        text = session.get_modelmeta().custom_metadata_map.get("deeppose")
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: its metadata are damaged: {error}; export it again") from error
    names = ({i.name for i in session.get_inputs()}, {o.name for o in session.get_outputs()})
    if text is None or not (names[0] == set(INPUTS) and names[1] >= set(OUTPUTS)):
        raise ModelError(f"{path}: an ONNX model, but not one written by `deeppose export`")
    try:
        said = json.loads(text)
        if said.pop("format") not in FORMATS:
            raise ModelError(
                f"{path}: written in a format other than {FORMATS[0]} to {FORMATS[-1]}; "
                "use the deeppose that exported it"
            )
        joints = skeleton_json.from_json(said.pop("skeleton"))
        name, stages, canvas = str(said.pop("name")), int(said.pop("stages")), int(said.pop("canvas"))
        card = Card(name, joints, stages, canvas, float(said.pop("context")), said)
        if sealing.KEY in card.more:
            sealing.check(str(path), path.read_bytes())
        return checking.sensible(card)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, ConfigError, DataError) as error:
        raise ModelError(f"{path}: its metadata cannot be understood: {error}; export it again") from error
