"""The paper's map: what `model/__init__.py` names is there, and every equation printed in the paper is on it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

from deeppose.model import MAP

TESTS = Path(__file__).parent


def _function(path: str) -> object:
    """The object of a dotted path below `deeppose.model`, or below `deeppose` where it names another room."""
    rooms = ("training.", "evaluation.")
    parts = ("" if path.startswith(rooms) else "model.") + path
    for cut in range(parts.count("."), 0, -1):
        words = parts.split(".")
        try:
            module = import_module("deeppose." + ".".join(words[:cut]))
        except ModuleNotFoundError:
            continue
        return attrgetter(".".join(words[cut:]))(module)
    raise AssertionError(path)


@pytest.mark.parametrize("said", MAP)
def test_what_the_map_names_is_there(said: str) -> None:
    function, test = MAP[said]
    assert callable(_function(function))
    file, name = test.split(".")
    tree = ast.parse((TESTS / f"{file}.py").read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_equation_of_the_paper_is_on_the_map() -> None:
    numbers = {int(n) for said in MAP for n in re.findall(r"eq\. \((\d)\)", said)}
    assert numbers == set(range(1, 9))


def test_the_map_is_read_without_torch() -> None:
    code = "import sys; sys.modules['torch'] = None; import deeppose.model"
    subprocess.run([sys.executable, "-c", code], check=True)
