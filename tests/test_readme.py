"""The README does what it says: its Python runs, its commands exist, its links lead somewhere."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path

import pytest

from deeppose import cli
from deeppose.inference.shipped import SHIPPED

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ships = pytest.mark.skipif(not SHIPPED.exists(), reason=f"no weights at {SHIPPED}")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands(program: str) -> list[list[str]]:
    lines = [shlex.split(line, comments=True) for block in blocks("sh") for line in block.splitlines()]
    return [words[1:] for words in lines if words and words[0] == program]


@ships
def test_the_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line]) == 4
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    lines = out.getvalue().splitlines()
    assert len(lines) == 19
    assert lines[0].startswith("right_ankle")


@ships
def test_the_predictions_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "src").symlink_to(ROOT / "src")
    monkeypatch.chdir(tmp_path)
    lines = [words for words in commands("deeppose") if words[0] == "predict"]
    assert lines
    for words in lines:
        assert cli.main(words) == 0, words
        out = capsys.readouterr().out
        if "--json" in words:
            assert [json.loads(line)["joints"] for line in out.splitlines()]
        if "--out" in words:
            assert list((tmp_path / words[words.index("--out") + 1]).glob("*-stages.jpg"))


def in_prose() -> list[list[str]]:
    return [shlex.split(words) for words in re.findall(r"`deeppose ([a-z][^`]*)`", README)]


@pytest.mark.parametrize("words", commands("deeppose") + in_prose(), ids=" ".join)
def test_every_command_exists(words: list[str]) -> None:
    cli.parser().parse_args(words)


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert [target for (target,) in commands("make")] == ["demo", "test"]
    for (target,) in commands("make"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@ships
def test_no_number_is_missing() -> None:
    assert "??" not in README


@ships
def test_local_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
