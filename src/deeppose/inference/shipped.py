"""The weights that ship with the package, by name."""

from __future__ import annotations

from pathlib import Path

from deeppose.errors import ModelError

FOLDER = Path(__file__).parents[1] / "weights"
SHIPPED = FOLDER / "body-compact.onnx"
"""What is used when no model is named."""

DETECTOR = FOLDER / "person-detector.onnx"
"""What finds people when no other finder is named; it is no cascade."""

PAPER = "lsp-paper-small"
"""The paper's method from random weights, to learn from: servers and pages leave it out unless it is named."""


def names() -> tuple[str, ...]:
    """Of the cascades in this copy of the package, e.g. ("flic-compact", "lsp-compact")."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.onnx") if path != DETECTOR))


def named(model: str | Path) -> Path:
    """The path that a user's word means: of weights that ship, by their name, or of any other file."""
    return FOLDER / f"{model}.onnx" if str(model) in names() else Path(model)


def locate(model: str | Path | None = None) -> Path:
    """The file of a model: weights that ship, by their name, or any other, by its path; None for `SHIPPED`.

    Raises:
        ModelError: there is no such file; names the weights that ship.
    """
    if not isinstance(model, str | Path | None):
        raise ModelError(f"a model is a file's path or a name, not {type(model).__name__}")
    path = SHIPPED if model is None else named(model)
    if not path.is_file():
        known = ", ".join(names()) or "none in this copy; reinstall it"
        raise ModelError(
            f"{path}: no such model file; leave the model out, or name weights that ship: {known}"
        )
    return path
