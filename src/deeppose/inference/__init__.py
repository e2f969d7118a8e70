"""Running a trained cascade: NumPy in, NumPy out, ONNX Runtime between."""

from deeppose.inference.frames import Frame
from deeppose.inference.pipeline import Pipeline
from deeppose.inference.predictor import Predictor

__all__ = ["Frame", "Pipeline", "Predictor"]
