"""One `.onnx` file holding a whole cascade, and what it says about itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeppose import skeleton_json
from deeppose.data.canvas import FILL
from deeppose.errors import ConfigError, DataError, ModelError
from deeppose.inference import checking, devices, sealing
from deeppose.inference.card import Card
from deeppose.inference.shipped import locate

FORMATS = (1, 2)
"""Versions of the contract below that this code reads; a file says its own under the key "format". In format 1 the
skeleton is the name of a known one; since 2 it is all there (`skeleton_json`), and so is its hash (`sealing`)."""

__all__ = ["INPUTS", "OUTPUTS", "Card", "OnnxModel"]

THREADS = 2
"""Used unless told otherwise, where there are as many: they take no more processor time than one (decisions.md)."""

INPUTS = ("canvases", "boxes")
OUTPUTS = ("joints", "scores")


class OnnxModel:
    """A cascade run by ONNX Runtime, or by OpenVINO.

    Contract of the file: inputs `canvases` (N, C, C, 3) uint8 RGB and `boxes` (N, 4) float32 cx, cy, w, h in canvas
    pixels; outputs `joints` (N, S, K, 2) float32 in canvas pixels and `scores` (N, S, K) float32 in [0, 1].

    Args:
        path: the file, or the name of weights that ship; None for the ones used by default.
        threads: CPU threads; None for the default, `THREADS`.
        device: one of `devices.DEVICES`.

    Raises:
        ModelError: the file is missing, is no ONNX model, or is none of ours.
        ConfigError: threads that are no number of 1 or more, or a device that is not there.
    """

    def __init__(
        self, path: str | Path | None = None, threads: int | None = None, device: str = "cpu"
    ) -> None:
        self.path = locate(path)
        threads = devices.checked_threads(threads)
        # Threads that wait in a loop doubled the processor's time and won nothing on a shared machine.
        self._session = devices.session(
            self.path, threads or min(THREADS, os.cpu_count() or 1), devices.providers(device), spinning=False
        )
        self.card = _card(self.path, self._session)
        checking.check_signature(self.path, self.card, self._session)
        openvino = device == "openvino"
        self._runner = devices.openvino(self.path, threads, INPUTS, OUTPUTS) if openvino else self._by_runtime
        self._try()

    def run(
        self, canvases: NDArray[np.uint8], boxes: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Joints (N, S, K, 2) in canvas pixels and scores (N, S, K) of N people, every stage.

        Raises:
            ModelError: the model fails, or answers with something else than its card says, or with no numbers.
        """
        try:
            joints, scores = self._runner(canvases, boxes)
        except Exception as error:  # the runtimes' exceptions share no base class of their own
            raise ModelError(f"{self.path}: the model fails: {str(error)[:300]}; export it again") from error
        checking.check_answer(self.path, self.card, len(canvases), joints, scores)
        return joints, scores

    def _by_runtime(self, canvases: NDArray[np.uint8], boxes: NDArray[np.float32]) -> devices.Arrays:
        joints, scores = self._session.run(list(OUTPUTS), dict(zip(INPUTS, (canvases, boxes), strict=True)))
        return joints, scores

    def _try(self) -> None:
        """One look at a blank canvas, so that a model that cannot work is refused before any picture is read."""
        side = self.card.canvas
        blank = np.full((1, side, side, 3), FILL, np.uint8)
        self.run(blank, np.array([[side / 2, side / 2, side / 2, side / 2]], np.float32))


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
        version = said.pop("format")
        if version not in FORMATS:
            raise ModelError(
                f"{path}: written in a format other than {FORMATS[0]} to {FORMATS[-1]}; "
                "use the deeppose that exported it"
            )
        joints = skeleton_json.from_json(said.pop("skeleton"))
        name, stages, canvas = str(said.pop("name")), int(said.pop("stages")), int(said.pop("canvas"))
        card = Card(name, joints, stages, canvas, float(said.pop("context")), said)
        sealing.check(path, said, required=version > 1)
        return checking.sensible(card)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, ConfigError, DataError) as error:
        raise ModelError(f"{path}: its metadata cannot be understood: {error}; export it again") from error
