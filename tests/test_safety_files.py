"""Foreign files and shared folders: names stay below the root, libraries may die, runs do not collide."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from deeppose import files
from deeppose.data import guarded, matlab
from deeppose.errors import ConfigError, DataError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes('{"name": "Ünï 人", "n": [1, 2.5, null]}'.encode(encoding))
    assert files.read_json(path) == {"name": "Ünï 人", "n": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"{", "cannot be read as JSON"),
        (b"\xff\xfe\xfa", "cannot be read as JSON"),
        (b"[" * 200_000, "nested too deeply|cannot be read"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    ],
)
def test_what_is_no_json_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"(?s)a.json: .*({said})"):
        files.read_json(path)


def test_a_number_beyond_all_floats_is_infinite(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[1" + "0" * 400 + ", 1" + "0" * 6000 + ", -1" + "0" * 400 + ", 12345678901234567890]")
    assert files.read_json(path) == [np.inf, np.inf, -np.inf, 12345678901234567890]


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.jpg", "a/../../b.jpg", "", "a\0b"])
def test_names_stay_below_the_root(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="not below this folder"):
        files.below(tmp_path, name)
    if "\0" not in name and name:
        with files.allowing_outside():
            assert files.below(tmp_path, name) == tmp_path / name
        with pytest.raises(DataError):
            files.below(tmp_path, name)


def test_names_that_only_look_like_climbing(tmp_path: Path) -> None:
    for name in ("a/../b.jpg", "..a/b.jpg", "./a.jpg"):
        assert files.below(tmp_path, name) == tmp_path / name


def test_a_folder_is_one_runs(tmp_path: Path) -> None:
    held = (
        "from pathlib import Path; import sys, deeppose.files as f\n"
        "with f.lock(Path(sys.argv[1])): print('held', flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", held, str(tmp_path / "run")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(ConfigError, match="another run is writing here"), files.lock(tmp_path / "run"):
        pass
    other.kill()  # however a run ends, its lock ends with it
    other.communicate()
    with files.lock(tmp_path / "run"):
        pass


def test_a_failing_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = files.write(tmp_path / "a.txt", "old")

    def fails(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigError, match=r"a\.txt: cannot be written: No space left"):
        files.write(path, fails)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def _dies() -> None:
    os.kill(os.getpid(), 11)


def _grows() -> object:
    return np.ones(2**31, np.uint8).sum() and np.ones(2**31, np.uint8)


def test_a_library_that_dies_grows_or_hangs_is_an_error() -> None:
    assert guarded.call(np.arange, 3).tolist() == [0, 1, 2]
    with pytest.raises(guarded.FailedError, match="SIGSEGV"):
        guarded.call(_dies)
    with pytest.raises(guarded.FailedError, match=r"more than 0\.5 GB"):
        guarded.call(_grows, memory=2**29)
    with pytest.raises(guarded.FailedError, match="longer than"):
        guarded.call(time.sleep, 60, seconds=0.2)
    with pytest.raises(guarded.FailedError, match="invalid literal"):
        guarded.call(int, "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"some text", "cannot be read as a MATLAB file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n", "save with -v7"),
    ],
)
def test_what_is_no_matlab_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "joints.mat").write_bytes(content)
    with pytest.raises(DataError, match=f"joints.mat: .*{said}"):
        matlab.load(tmp_path / "joints.mat")


def test_damaged_matlab_files_never_end_the_process(tmp_path: Path) -> None:
    from scipy.io import savemat

    path = tmp_path / "joints.mat"
    cells = np.empty(3, object)
    cells[:] = [np.arange(5.0), "text", {"a": np.ones((2, 2))}]
    savemat(
        path, {"joints": np.random.default_rng(0).random((3, 14, 20)), "cells": cells}, do_compression=False
    )
    whole, rng = path.read_bytes(), np.random.default_rng(1)
    for _ in range(25):
        content = bytearray(whole)
        for place in rng.integers(128, len(content), 40):
            content[place] = rng.integers(0, 256)
        content[rng.integers(128, 400)] = 255
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            matlab.load(path)


def test_json_is_written_and_read_alike(tmp_path: Path) -> None:
    value = {"a": [1, 2.5, "ü"], "b": {}}
    assert files.read_json(files.write(tmp_path / "a.json", json.dumps(value))) == value


def test_foreign_names_do_not_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from deeppose import cli

    assert cli.main(["predict", str(tmp_path / "a\x1b[2Jb\u202egpj.jpg")]) != 0
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "a\\x1b[2Jb\\u202egpj.jpg" in said


def test_without_standard_error_a_command_still_works(tmp_path: Path) -> None:
    code = "import sys; sys.stderr = None; from deeppose import cli; sys.exit(cli.main(sys.argv[1:]))"
    words = ["score", "lsp", "--root", str(tmp_path), "--pred", "none.json"]
    run = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (2, "", "")


def test_a_picture_too_large_is_read_when_the_limit_is_raised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    from deeppose import cli

    Image.new("L", (400, 300)).save(tmp_path / "a.png")
    words = ["predict", str(tmp_path / "a.png"), "--full-image", "--json"]
    assert cli.main([*words, "--max-pixels", "100000"]) != 0
    assert "raise --max-pixels" in capsys.readouterr().err
    assert cli.main([*words, "--max-pixels", "120000"]) == 0


def test_a_file_name_in_a_table_is_no_formula() -> None:
    from deeppose.poses import Poses
    from deeppose.skeleton import LSP

    poses = Poses(LSP, np.zeros((1, 14, 2)), np.zeros((1, 14)), np.array([[1.0, 1.0, 2.0, 2.0]]))
    assert poses.to_csv("=HYPERLINK(1).jpg").splitlines()[1].startswith("'=HYPERLINK(1).jpg,")


def test_names_that_are_no_files_cost_the_other_pictures_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    from deeppose import cli

    Image.new("L", (40, 30)).save(tmp_path / "a.png")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    names = [str(tmp_path / name) for name in ("loop.jpg", "x" * 300 + ".jpg", "a.png")]
    cli.main(["predict", *names, "--full-image", "--out", str(tmp_path / "out")])
    assert "Traceback" not in capsys.readouterr().err
    assert "a.png" in (tmp_path / "out/poses.jsonl").read_text()
