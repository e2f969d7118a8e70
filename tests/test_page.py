"""The page as a folder: what is copied, what `site.json` says, and the runtime's checked tarball."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest

from deeppose.errors import ConfigError
from deeppose.evaluation.oks import AREA_OF_BOX
from deeppose.inference import shipped
from deeppose.inference.finders import Found
from deeppose.inference.likeness import SAME, distinct, sigmas_of
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.people import person_scores
from deeppose.poses import Poses
from deeppose.serving import folder, quick, runtime
from deeppose.skeleton import BODY, LSP
from toymodel import CARD, write_model


def tarball(names: tuple[str, ...] = runtime.FILES) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(f"package/dist/{name}")
            info.size = len(name)
            tar.addfile(info, io.BytesIO(name.encode()))
    return out.getvalue()


@pytest.fixture
def with_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's folder with files called as the runtime's are."""
    page = tmp_path / "page"
    page.mkdir()
    for path in folder.PAGE.glob("*.*"):
        (page / path.name).write_bytes(path.read_bytes())
    content = tarball()
    runtime.unpack(content, "made here", page / "runtime", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(folder, "PAGE", page)
    monkeypatch.setattr(runtime, "missing", lambda *_: ())


def test_only_the_pinned_bytes_are_unpacked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"its SHA-256 is .* nothing was unpacked"):
        runtime.unpack(tarball(), "evil.tgz", tmp_path / "runtime")
    assert not (tmp_path / "runtime").exists()
    assert runtime.missing(tmp_path / "runtime") == runtime.FILES


def test_without_a_connection_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "URL", "http://127.0.0.1:1/nothing.tgz")
    with pytest.raises(ConfigError, match=r"cannot be fetched.*deeppose page --runtime"):
        runtime.fetch(tmp_path)
    with pytest.raises(ConfigError, match=r"gone\.tgz: cannot be read"):
        runtime.from_file(tmp_path / "gone.tgz", tmp_path)
    with pytest.raises(ConfigError, match=r"lacks .*deeppose page --fetch"):
        runtime.require(tmp_path)


@pytest.mark.usefixtures("with_runtime")
def test_a_page_says_what_its_models_are(tmp_path: Path) -> None:
    site = folder.build(
        tmp_path / "out", [write_model(tmp_path / "toy.onnx", CARD), "lsp-compact"], threads=1
    )
    out = tmp_path / "out"
    assert json.loads((out / "site.json").read_text()) == site
    toy, lsp = site["models"]
    assert (toy["name"], lsp["name"], lsp["stages"]) == ("toy", "lsp-compact", 3)
    assert tuple(lsp["skeleton"]["joints"]) == LSP.joints
    assert {lsp["skeleton"]["sides"][LSP.index(j)] for j in LSP.joints if "left" in j} == {"left"}
    assert len(lsp["check"]["joints"]) == 3 * 14 * 2
    named = [m[key] for m in site["models"] for key in ("file", "quick") if m[key]]
    for name in [*named, site["finder"]["file"], *site["examples"], *site["runtime"].values(), "index.html"]:
        assert (out / name).exists(), name
    assert (toy["whole"], toy["sought"]) == (False, True)
    assert toy["quick"] is None or (out / toy["quick"]).stat().st_size


@pytest.mark.usefixtures("with_runtime")
def test_names_that_are_no_files_names_are_refused(tmp_path: Path) -> None:
    evil = write_model(tmp_path / "evil.onnx", CARD | {"name": "../../evil"})
    with pytest.raises(ConfigError, match="called by letters"):
        folder.build(tmp_path / "out", [evil], threads=1)
    toy = write_model(tmp_path / "toy.onnx", CARD)
    with pytest.raises(ConfigError, match="two models are called toy"):
        folder.build(tmp_path / "out", [toy, toy], threads=1)


@pytest.mark.parametrize("name", ["body-compact", "lsp-compact"])
def test_stage_1_alone_answers_as_the_whole_cascade_and_is_smaller(name: str, tmp_path: Path) -> None:
    whole, path = OnnxModel(name, threads=1), tmp_path / "stage1.onnx"
    path.write_bytes(quick.first_stage(whole.path, whole.card.stages))
    assert path.stat().st_size < 0.7 * whole.path.stat().st_size
    part, side = OnnxModel(path, threads=1), whole.card.canvas
    canvases = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
    boxes = np.array([[128, 128, 150, 200], [100, 120, 90, 180]], np.float32)
    for before, after in zip(whole.run(canvases, boxes), part.run(canvases, boxes), strict=True):
        np.testing.assert_array_equal(after[:, 0], before[:, 0])


def test_the_page_scores_people_and_counts_everyone_once_as_python_does(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    rng = np.random.default_rng(0)
    one = rng.uniform(0, 200, (len(BODY), 2))
    joints = np.stack([one, one + 4, one + 90, one + rng.normal(0, 30, one.shape), one + 94])
    scores = rng.uniform(0.2, 1, joints.shape[:2])
    stages, boxes = (joints[:, None], scores[:, None]), np.ones((len(joints), 4))
    found = Found(boxes, rng.uniform(0.3, 1, len(joints)))
    person = person_scores(found, scores)
    poses = Poses(BODY, joints, scores, boxes, *stages, person_scores=person)
    kept = [joints.tolist().index(pose.tolist()) for pose in distinct(poses).joints]
    said = [
        {"stages": [j], "scores": [s], "boxScore": b}
        for j, s, b in zip(joints.tolist(), scores.tolist(), found.scores.tolist(), strict=True)
    ]
    alike = {"same": SAME, "areaOfBox": AREA_OF_BOX}
    shutil.copy(folder.PAGE / "people.js", tmp_path / "people.mjs")
    script = tmp_path / "once.mjs"
    script.write_text(
        'import { distinct, personScore } from "./people.mjs";\n'
        f"const poses = {json.dumps(said)};\n"
        f"const kept = distinct(poses, {sigmas_of(BODY).tolist()}, {json.dumps(alike)});\n"
        "console.log(JSON.stringify([kept.map((pose) => poses.indexOf(pose)), poses.map(personScore)]));"
    )
    answer = subprocess.run([node, str(script)], capture_output=True, text=True, check=True).stdout
    order, scored = json.loads(answer)
    assert order == kept
    np.testing.assert_allclose(scored, person, rtol=1e-12)
    assert len(kept) == 3


def test_a_page_leaves_out_what_is_there_to_learn_from() -> None:
    assert shipped.PAPER in shipped.names()
    assert folder.shipped() == ["body-compact", "flic-compact", "lsp-compact"]
