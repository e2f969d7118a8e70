"""The person detector's training: boxes follow pictures, cells answer for the right person, runs go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from deeppose.errors import ModelError
from deeppose.inference.finders import ranked
from deeppose.training.detector import looks
from deeppose.training.detector.assignment import CELLS, assign, detection_loss, generous_iou, iou
from deeppose.training.detector.looks import Looking
from deeppose.training.detector.material import Material
from deeppose.training.detector.network import PersonDetector, centres
from deeppose.training.detector.scenes import Scene, scene
from deeppose.training.detector.validation import measure


def square(size: tuple[int, int] = (200, 300)) -> Scene:
    """A dark picture with one bright person, 40 x 80 pixels."""
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[60:140, 100:140] = 255
    return Scene(pixels, np.array([[100.0, 60, 140, 140]]), np.ones(1, bool))


def bright(pixels: np.ndarray) -> np.ndarray:
    """x1, y1, x2, y2 of what is bright."""
    rows, columns = np.nonzero(pixels[..., 1] > 140)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], float)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_boxes_turn_with_their_picture(quarters: int, mirrored: bool) -> None:
    seen = looks.turned(square(), quarters, mirrored)
    np.testing.assert_allclose(seen.people[0], bright(seen.pixels))


def test_boxes_of_looks_lie_on_their_people() -> None:
    how = Looking(side=128, longer=(80.0, 400.0), turn=0.5, collage=0.0, colour=0.0)
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(60):
        seen = looks.draw([square()], np.ones(1), rng, how)
        assert seen.pixels.shape == (128, 128, 3)
        if len(seen.people) and seen.known[0]:
            np.testing.assert_allclose(seen.people[0], bright(seen.pixels), atol=2.0)
            compared += 1
    assert compared > 30


def test_collages_hold_four_scenes_and_packs_the_largest() -> None:
    how = Looking(side=128, collage=1.0)
    seen = looks.draw([square()], np.ones(1), np.random.default_rng(1), how)
    assert len(seen.people) >= 2
    assert ((seen.people >= 0) & (seen.people <= 128)).all()
    boxes, sure = looks.packed(np.array([[0.0, 0, 5, 5], [0, 0, 50, 50]]), np.array([True, False]))
    assert boxes[0].tolist() == [0, 0, 50, 50]
    assert sure[:2].tolist() == [False, True]
    assert not boxes[2:].any()


def test_a_large_picture_is_kept_smaller_with_its_boxes() -> None:
    kept = scene(np.zeros((896, 448, 3), np.uint8), np.array([[100.0, 200, 40, 80]]), np.ones(1, bool))
    assert kept.pixels.shape == (448, 224, 3)
    np.testing.assert_allclose(kept.people, [[40, 80, 60, 120]])


def test_iou_by_hand() -> None:
    a, b = torch.tensor([0.0, 0, 10, 10]), torch.tensor([5.0, 0, 15, 10])
    assert iou(a, b).item() == pytest.approx(1 / 3)
    assert generous_iou(a, b).item() == pytest.approx(1 / 3)  # the hull holds nothing else
    assert generous_iou(a, a + 20).item() == pytest.approx(-(900 - 200) / 900)


def test_cells_answer_for_the_person_they_fit() -> None:
    cells = centres(64, 64)
    people = torch.zeros(1, 4, 4)
    people[0, 0], people[0, 1] = torch.tensor([2.0, 2, 30, 62]), torch.tensor([34.0, 2, 62, 30])
    people[0, 2] = torch.tensor([34.0, 34, 62, 62])  # perhaps a person
    known = torch.tensor([[True, True, False, False]])
    boxes = torch.cat([cells - 14, cells + 14], 1)[None]
    boxes[0, 9] = people[0, 0]  # cell (1, 1) of stride 8 has it right
    said = assign(torch.zeros(1, len(cells)), boxes, people, known, cells)
    own = said.score[0] > 0
    for at, box in zip(cells[own], said.box[0][own], strict=True):
        assert (at > box[:2]).all()
        assert (at < box[2:]).all()
    assert (said.box[0][own] == people[0, 0]).all(1).sum() <= CELLS
    assert said.score[0, 9].item() == pytest.approx(1.0)
    doubtful = ((cells > 34) & (cells < 62)).all(1)
    assert not said.counts[0, doubtful].any()
    assert said.counts[0, ~doubtful].all()
    assert not (said.score[0] * doubtful).any()


def test_the_loss_is_least_where_the_answer_is_right() -> None:
    cells = centres(64, 64)
    people = torch.tensor([[[4.0, 4, 60, 60]]])
    right = people[:, :1].expand(1, len(cells), 4).clone()
    logits = torch.full((1, len(cells)), -8.0)
    said = assign(logits, right, people, torch.ones(1, 1, dtype=torch.bool), cells)
    sure = torch.where(said.score > 0, 8.0, -8.0)
    best = detection_loss(sure, right, said)
    assert best < 0.01
    assert detection_loss(logits, right, said) > best + 0.5
    assert detection_loss(sure, right + 20, said) > best + 0.5


def test_the_network_answers_alike_whole_in_parts_and_one_by_one() -> None:
    torch.manual_seed(0)
    network = PersonDetector(width=16).eval()
    pixels = torch.rand(2, 3, 64, 96) * 2 - 1
    with torch.no_grad():
        logits, boxes = network(pixels)
        assert logits.shape == (2, len(centres(64, 96)))
        for blocks in (7, 14):
            torch.testing.assert_close(
                network.go_on(network.seen_by(pixels, blocks), blocks), (logits, boxes)
            )
        torch.testing.assert_close(network(pixels[1:])[1], boxes[1:], atol=1e-3, rtol=1e-3)
    middle = (boxes[0, :, :2] + boxes[0, :, 2:]) / 2
    assert ((middle - centres(64, 96)).abs() < 64).all()  # a new network's boxes lie about their cells


def test_average_precision_and_recall_of_a_perfect_and_a_blind_finder() -> None:
    pytest.importorskip("faster_coco_eval")
    scenes = [square(), square((160, 300))]
    perfect = measure(scenes, lambda _: ranked([[120, 100, 40, 80]], [0.9]))
    assert (perfect.ap, perfect.ap50, perfect.recall_tall) == pytest.approx((1, 1, 1))
    assert (perfect.pictures, perfect.people, perfect.tall) == (2, 2, 2)
    blind = measure(scenes, lambda _: ranked([], []))
    assert (blind.ap, blind.ap50, blind.recall_tall) == (0, 0, 0)


def test_a_run_trains_and_goes_on(tmp_path: Path) -> None:
    from deeppose.training.detector.run import Settings, Training, load, network_of

    torch.manual_seed(0)
    how = Looking(side=64, longer=(40.0, 90.0))
    settings = Settings(samples=8, batch=4, frozen=14, pool=6, reuse=2, width=16, looking=how)
    material = Material([square()], np.ones(1), [])
    trunk = Path(__file__).parents[1] / "src/deeppose/weights/lsp-compact.onnx"
    steps: list[int] = []
    first = Training(settings, material, trunk, tmp_path)
    first.run(1, lambda run: steps.append(run.step))
    again = Training(Settings(**{**vars(settings), "samples": 12}), material, trunk, tmp_path)
    assert again.step == 2
    again.run(1, lambda run: steps.append(run.step))
    assert steps == [1, 2, 3]
    kept = network_of(load(tmp_path / "checkpoint.pt"))
    for one, other in zip(kept.parameters(), again.result().parameters(), strict=True):
        torch.testing.assert_close(one, other)
    with pytest.raises(ModelError, match=r"differs in: batch\)"):
        Training(Settings(**{**vars(settings), "batch": 2}), material, trunk, tmp_path)
    with pytest.raises(ModelError, match="not a checkpoint"):
        load(trunk)


def test_the_exported_file_answers_as_the_network_does_at_any_size(tmp_path: Path) -> None:
    from deeppose.inference.finders.detector_file import DetectorFile
    from deeppose.inference.finders.margins import Margin
    from deeppose.training.detector.export import export
    from deeppose.training.detector.validation import Untold
    from toymodel import flipped

    torch.manual_seed(0)
    network = PersonDetector(width=16).eval()
    for output in network.outputs:
        torch.nn.init.constant_(output.bias[:1], -2.0)  # some cells above the least score, most below
        torch.nn.init.normal_(output.weight, std=0.5)
    margin = Margin(0.1, 0.2, 0.05)
    path = export(network, tmp_path / "any.onnx", margin, side=96, samples=3)
    file = DetectorFile(path, threads=1)
    assert (file.layout, file.side) == ("plain", 96)
    for size in ((120, 160), (200, 90)):
        picture = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
        ours, theirs = file.raw(picture), Untold(network, 96)(picture)
        assert len(ours) > 0
        np.testing.assert_allclose(
            ours.scores[:3], theirs.scores[:3], atol=0.03
        )  # parameters are kept in 16 bits
        np.testing.assert_allclose(file(picture).boxes, margin(ours.boxes, np.array(size[::-1], float)))
    path.write_bytes(flipped(path.read_bytes()))
    with pytest.raises(ModelError, match="damaged, or changed since it was exported"):
        DetectorFile(path, threads=1)
