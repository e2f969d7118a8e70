"""The weights that ship, on the demo's pictures: what the package promises of them wherever it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import deeppose
from deeppose.inference import shipped
from deeppose.inference.shipped import SHIPPED
from deeppose.show.overlay import LOW
from deeppose.skeleton import BODY, LSP

pytestmark = pytest.mark.skipif(not SHIPPED.exists(), reason=f"no weights at {SHIPPED}")


@pytest.fixture(scope="module")
def predictor() -> deeppose.Predictor:
    return deeppose.load()


def joints(*ends: str) -> list[int]:
    """The same numbers in LSP's order and in the body's, which begins with it."""
    return [k for k, joint in enumerate(LSP.joints) if joint.endswith(ends)]


def test_the_file(predictor: deeppose.Predictor) -> None:
    assert SHIPPED.stat().st_size < 12e6
    assert (predictor.card.skeleton, predictor.card.stages, predictor.card.canvas) == (BODY, 2, 384)
    assert BODY.joints[:14] == LSP.joints
    athletes = deeppose.load("lsp-compact").card
    assert (athletes.skeleton, athletes.stages, athletes.canvas) == (LSP, 3, 256)


@pytest.mark.parametrize("name", shipped.names())
def test_weights_are_found_by_name_and_have_a_card(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert deeppose.load(name).card.name == name
    card = (shipped.FOLDER / f"{name}.md").read_text()
    assert card.startswith(f"# {name}\n")
    for heading in ("| data |", "| starts from |", "deeppose train", "| samples seen |"):
        assert heading in card


def test_all_weights_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in shipped.FOLDER.glob("*.onnx")) < 30e6


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(deeppose.ModelError, match=r"flik-compact.*flic-compact, lsp-compact"):
        deeppose.load("flik-compact")


def test_an_upper_body_has_its_shoulders_above_its_hips() -> None:
    poses = deeppose.load("flic-compact").predict(data.astronaut(), full_image=True)
    found = dict(zip(poses.skeleton.joints, poses.joints[0], strict=True))
    assert found["left_shoulder"][1] < found["left_hip"][1]
    assert found["right_shoulder"][0] < found["left_shoulder"][0]  # she faces the camera
    assert abs(found["left_eye"] - [246, 96]).max() < 15  # read off the picture


@pytest.mark.parametrize(("name", "head_top"), [("lsp-compact", 0.9), ("body-compact", 0.7)])
def test_legs_outside_a_picture_score_low(name: str, head_top: float) -> None:
    """No data set of ordinary people labels head tops, so `body-compact` is less sure of hers."""
    find, predictor = deeppose.PersonFinder(), deeppose.load(name)
    camera, astronaut = (predictor.predict(p, find(p)).scores[0] for p in (data.camera(), data.astronaut()))
    assert (camera[joints("ankle")] < LOW).all()
    assert (astronaut[joints("knee", "ankle")] < LOW).all()
    assert astronaut[joints("neck")] > 0.85
    assert astronaut[joints("head_top")] > head_top


def test_many_people_come_as_one_by_one(predictor: deeppose.Predictor) -> None:
    boxes = np.array([[256, 256, 512, 512], [250, 200, 300, 420], [200.5, 300, 260, 400.0]] * 4)
    together = predictor.predict(data.astronaut(), boxes)
    for i, box in enumerate(boxes[:3]):
        alone = predictor.predict(data.astronaut(), box)
        np.testing.assert_allclose(together.stages[i], alone.stages[0], atol=0.02)
        np.testing.assert_allclose(together.joints[i + 9], together.joints[i], atol=0.02)
        np.testing.assert_allclose(together.scores[i], alone.scores[0], atol=1e-3)


def test_a_large_picture_gives_the_pose_of_a_small_one(predictor: deeppose.Predictor) -> None:
    """Reduced with anti-aliasing, four times the pixels show the same person."""
    small = data.astronaut()
    large = np.repeat(np.repeat(small, 4, 0), 4, 1)
    gap = np.abs(
        predictor.predict(large, full_image=True).joints / 4
        - predictor.predict(small, full_image=True).joints
    )
    sure = predictor.predict(small, full_image=True).scores[0] >= LOW
    assert gap[0, sure].max(initial=0) < 10  # of 512 pixels


MEMORY = """
import sys
from pathlib import Path
from deeppose.cli import main
assert main(["predict", sys.argv[1], "--out", sys.argv[2], "--all-stages"]) == 0
# VmHWM is this program's own peak; getrusage would count the process it was started from.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def test_48_megapixels_are_predicted_and_drawn_within_a_gigabyte(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(data.astronaut()).resize((8000, 6000)).save(tmp_path / "big.jpg", exif=exif)
    args = [sys.executable, "-c", MEMORY, str(tmp_path / "big.jpg"), str(tmp_path / "out")]
    run = subprocess.run(args, capture_output=True, text=True, check=True)
    assert int(run.stdout.splitlines()[-1]) < 1000
