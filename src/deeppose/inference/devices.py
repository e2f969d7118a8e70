"""What a model runs on: this processor by ONNX Runtime, an NVIDIA card by its CUDA provider, or OpenVINO."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeppose.errors import ConfigError, ModelError, unknown

Arrays = tuple[NDArray[np.float32], NDArray[np.float32]]
Runner = Callable[[NDArray[np.uint8], NDArray[np.float32]], Arrays]

PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]}
"""Of ONNX Runtime, by device."""

MOST_THREADS = 1024

DEVICES = (*PROVIDERS, "openvino")


def providers(device: str) -> list[str]:
    """ONNX Runtime's providers for a device; OpenVINO's models are read by it on the CPU and run elsewhere.

    Raises:
        ConfigError: an unknown device, or one that this ONNX Runtime cannot use.
    """
    if device not in DEVICES:
        raise unknown("device", str(device), DEVICES)
    chosen = PROVIDERS.get(device, PROVIDERS["cpu"])
    if chosen[0] not in onnxruntime.get_available_providers():
        raise ConfigError(
            f"device {device} needs ONNX Runtime's {chosen[0]}: pip uninstall onnxruntime; "
            f"pip install 'deeppose[{device}]'"
        )
    return chosen


def checked_threads(threads: int | None) -> int | None:
    """The number of threads.

    Raises:
        ConfigError: it is not a whole number from 1 to `MOST_THREADS`.
    """
    if threads is None:
        return None
    if (
        isinstance(threads, bool)
        or not isinstance(threads, int | np.integer)
        or not 1 <= threads <= MOST_THREADS
    ):
        raise ConfigError(
            f"threads must be a number from 1 to {MOST_THREADS}, not {threads!r}; leave it out for the default"
        )
    return int(threads)


def session(
    path: Path, threads: int | None, providers: list[str], spinning: bool = True
) -> onnxruntime.InferenceSession:
    """A model opened by ONNX Runtime.

    Args:
        threads: of a CPU; None for one a physical core.
        spinning: whether threads without work wait in a loop for more.

    Raises:
        ModelError: it is no ONNX model.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    try:
        return onnxruntime.InferenceSession(os.fspath(path), options, providers=providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
        raise ModelError(f"{path}: not a model ONNX Runtime can load: {error}") from error


def openvino(path: Path, threads: int | None, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Runner:
    """A model run by OpenVINO in 32-bit floats: its default precision moved joints by up to 25 px.

    Raises:
        ConfigError: OpenVINO is not installed.
        ModelError: it cannot load the model.
    """
    try:
        import openvino as ov
    except ImportError as error:
        raise ConfigError("device openvino needs OpenVINO: pip install 'deeppose[openvino]'") from error
    options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    options |= {} if threads is None else {"INFERENCE_NUM_THREADS": threads}
    try:
        request = ov.Core().compile_model(str(path), "CPU", options).create_infer_request()
    except RuntimeError as error:
        raise ModelError(f"{path}: not a model OpenVINO can load: {error}") from error

    def run(canvases: NDArray[np.uint8], boxes: NDArray[np.float32]) -> Arrays:
        found = request.infer(dict(zip(inputs, (canvases, boxes), strict=True)))
        joints, scores = (np.array(found[name]) for name in outputs)
        return joints, scores

    return run
