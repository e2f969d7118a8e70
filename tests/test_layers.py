"""The shape of the package: who imports whom, what the runtime does without, types, and the public names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import deeppose
from toymodel import CARD, write_model

ROOT = Path(__file__).parents[1]

PUBLIC = [
    "ConfigError", "DataError", "DeepPoseError", "ImageError", "ModelError",
    "PersonFinder", "Poses", "Predictor", "__version__", "load", "read_image",
]  # fmt: skip

BLOCK = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "scipy", "matplotlib", "skimage", "onnx", "pandas", "lightning_fabric"}:
            raise ImportError(f"the runtime imported {name}")

sys.meta_path.insert(0, Block())
"""


def python(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=ROOT)


def test_layers() -> None:
    tool = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    run = subprocess.run(tool, capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout


def test_public_names() -> None:
    assert sorted(deeppose.__all__) == PUBLIC
    assert all(hasattr(deeppose, name) for name in PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'predict'"):
        deeppose.predict  # noqa: B018


def test_the_version_is_the_installed_one() -> None:
    from importlib.metadata import version

    assert deeppose.__version__ == version("deeppose")


def test_prediction_needs_the_runtime_alone(tmp_path: Path) -> None:
    """Python, predict, and its drawings, with everything beyond the runtime's requirements made unimportable."""
    from PIL import Image

    model = write_model(tmp_path / "toy.onnx", CARD)
    Image.new("RGB", (60, 50)).save(tmp_path / "a.png")
    code = f"""{BLOCK}
import deeppose
from deeppose.cli import main
assert len(deeppose.load(sys.argv[1]).predict(sys.argv[2], (30, 25, 60, 50))) == 1
args = ["predict", sys.argv[2], "--model", sys.argv[1], "--out", sys.argv[3], "--all-stages"]
assert main(args) == 0
"""
    run = python(code, str(model), str(tmp_path / "a.png"), str(tmp_path / "out"))
    assert run.returncode == 0, run.stderr


def test_evaluation_needs_no_torch() -> None:
    run = python(
        f"{BLOCK}\nimport importlib, pkgutil\nfor room in ('evaluation', 'inference', 'commands'):\n"
        "    package = importlib.import_module(f'deeppose.{room}')\n"
        "    for m in pkgutil.iter_modules(package.__path__):\n"
        "        importlib.import_module(f'deeppose.{room}.{m.name}')\n"
    )
    assert run.returncode == 0, run.stderr


def test_importing_costs_nothing() -> None:
    """`import deeppose` and the command line's help load no numerical library."""
    run = python(
        "import sys, deeppose, deeppose.cli\ndeeppose.cli.parser()\n"
        "print([m for m in ('numpy', 'cv2', 'onnxruntime', 'PIL', 'torch') if m in sys.modules])"
    )
    assert run.stdout.strip() == "[]", run.stdout + run.stderr
