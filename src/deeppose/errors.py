"""Everything this package raises on purpose.

DeepPoseError
├── DataError     a data set, its layout or one of its files is not what the reader needs
├── ImageError    one picture cannot be read
│   └── LargeImageError  it has more pixels than are decoded
├── ModelError    weights are missing, of another kind, or do not fit what is asked of them
├── TrainingError a run cannot go on
└── ConfigError   a name or a value given by the user is not one we know

Each message names the file or the value and the remedy; the command line prints it alone, with no stack trace.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DeepPoseError(Exception):
    """Base class: catch this to catch every error a user can cause."""


class DataError(DeepPoseError):
    """A data set, its layout or one of its files is not what the reader needs."""


class ImageError(DeepPoseError):
    """One picture cannot be read."""


class LargeImageError(ImageError):
    """A picture has more pixels than are decoded; its header says so."""


class ModelError(DeepPoseError):
    """Weights are missing, of another kind, or do not fit what is asked of them."""


class TrainingError(DeepPoseError):
    """A run cannot go on; its last checkpoint is still good."""


class ConfigError(DeepPoseError):
    """A name or a value given by the user is not one we know."""


def unknown(kind: str, name: str, known: Iterable[str]) -> ConfigError:
    """The error for a wrong name: names it, the nearest known one, and all of them.

    >>> str(unknown("recipe", "lsp-papr", ["lsp-paper", "debug"]))
    "unknown recipe 'lsp-papr': did you mean 'lsp-paper'? known: debug, lsp-paper"
    """
    choices = sorted(known)
    near = difflib.get_close_matches(name, choices, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ConfigError(f"unknown {kind} {name!r}: {hint}known: {', '.join(choices)}")
