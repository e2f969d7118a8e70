"""Running a trained cascade: NumPy in, NumPy out, ONNX Runtime between."""

from deeppose.inference.predictor import Predictor

__all__ = ["Predictor"]
