"""YAML files that other tools write; needs PyYAML (extra `labels`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deeppose.data.own.entries import text_of
from deeppose.errors import DataError


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file that is a table.

    Raises:
        DataError: it is not.
    """
    import yaml

    try:
        said = yaml.safe_load(text_of(file))
    except (yaml.YAMLError, RecursionError) as error:
        raise DataError(f"{file}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(said, dict):
        raise DataError(f"{file}: holds no table of settings")
    return said
