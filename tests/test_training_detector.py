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
from deeppose.training.detector.network import PersonDetector, cells
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
    at = cells(64, 64)
    people = torch.zeros(1, 4, 4)
    people[0, 0], people[0, 1] = torch.tensor([2.0, 2, 30, 62]), torch.tensor([34.0, 2, 62, 30])
    people[0, 2] = torch.tensor([34.0, 34, 62, 62])  # perhaps a person
    known = torch.tensor([[True, True, False, False]])
    boxes = torch.cat([at - 14, at + 14], 1)[None]
    boxes[0, 9] = people[0, 0]  # cell (1, 1) of stride 8 has it right
    said = assign(torch.zeros(1, len(at)), boxes, people, known, at)
    own = said.score[0] > 0
    for place, box in zip(at[own], said.box[0][own], strict=True):
        assert (place > box[:2]).all()
        assert (place < box[2:]).all()
    assert (said.box[0][own] == people[0, 0]).all(1).sum() <= CELLS
    assert said.score[0, 9].item() == pytest.approx(1.0)
    doubtful = ((at > 34) & (at < 62)).all(1)
    assert not said.counts[0, doubtful].any()
    assert said.counts[0, ~doubtful].all()
    assert not (said.score[0] * doubtful).any()


def test_the_loss_is_least_where_the_answer_is_right() -> None:
    at = cells(64, 64)
    people = torch.tensor([[[4.0, 4, 60, 60]]])
    right = people[:, :1].expand(1, len(at), 4).clone()
    logits = torch.full((1, len(at)), -8.0)
    said = assign(logits, right, people, torch.ones(1, 1, dtype=torch.bool), at)
    sure = torch.where(said.score > 0, 8.0, -8.0)
    best = detection_loss(sure, right, said)
    assert best < 0.01
    assert detection_loss(logits, right, said) > best + 0.5
    assert detection_loss(sure, right + 20, said) > best + 0.5


def test_the_network_answers_at_every_cell_and_one_picture_as_among_others() -> None:
    torch.manual_seed(0)
    network = PersonDetector().eval()
    pixels = torch.rand(2, 3, 64, 96) * 2 - 1
    with torch.no_grad():
        logits, boxes = network(pixels)
        assert logits.shape == (2, len(cells(64, 96)))
        assert boxes.shape == (2, len(cells(64, 96)), 4)
        torch.testing.assert_close(network(pixels[1:])[1], boxes[1:], atol=1e-3, rtol=1e-3)
    # Distances of 0 leave a box at its cell.
    for head in network.heads:
        head.reach[-1].weight.data.zero_()
        head.reach[-1].bias.data.zero_()
    with torch.no_grad():
        torch.testing.assert_close(network(pixels)[1][0], cells(64, 96).repeat(1, 2))


@pytest.mark.realdata
def test_it_starts_as_the_detector_it_starts_from(data_root: Path) -> None:
    import cv2
    import onnxruntime

    from deeppose.training.starts.rtmdet import load_rtmdet

    start = data_root.parent / "weights" / "rtmdet_nano_person.onnx"
    if not start.is_file():
        pytest.skip(f"{start} is not at hand")
    network = PersonDetector().eval()
    load_rtmdet(network, start)
    file = Path(__file__).parents[1] / "src/deeppose/assets/acrobat-1.jpg"
    bgr = cv2.resize(cv2.imread(str(file)), (320, 256)).astype(np.float32)
    normal = (bgr - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]
    session = onnxruntime.InferenceSession(start)
    best = session.run(None, {"input": normal.transpose(2, 0, 1)[None].astype(np.float32)})[0][0, 0]
    with torch.no_grad():
        rgb = torch.from_numpy(bgr[..., ::-1] / 127.5 - 1).permute(2, 0, 1)[None]
        logits, boxes = network(rgb)
    first = logits[0].argmax()
    assert logits[0, first].sigmoid().item() == pytest.approx(float(best[4]), abs=0.01)
    np.testing.assert_allclose(boxes[0, first], best[:4], atol=1.0)  # the border's padding is another grey
    with pytest.raises(ModelError, match="not those of RTMDet-nano"):
        load_rtmdet(network, Path(__file__).parents[1] / "src/deeppose/weights/lsp-compact.onnx")


def test_average_precision_and_recall_of_a_perfect_and_a_blind_finder() -> None:
    pytest.importorskip("faster_coco_eval")
    scenes = [square(), square((160, 300))]
    perfect = measure(scenes, lambda _: ranked([[120, 100, 40, 80]], [0.9]))
    assert (perfect.ap, perfect.ap50, perfect.recall_tall) == pytest.approx((1, 1, 1))
    assert (perfect.pictures, perfect.people, perfect.tall) == (2, 2, 2)
    blind = measure(scenes, lambda _: ranked([], []))
    assert (blind.ap, blind.ap50, blind.recall_tall) == (0, 0, 0)


def test_a_run_trains_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deeppose.training.detector import run as runs

    monkeypatch.setattr(runs, "load_rtmdet", lambda *_: None)
    torch.manual_seed(0)
    how = Looking(side=64, longer=(40.0, 90.0))
    settings = runs.Settings(samples=8, batch=4, looking=how)
    material, start = Material([square()], np.ones(1), []), tmp_path / "start.onnx"
    steps: list[int] = []
    first = runs.Training(settings, material, start, tmp_path)
    learning = (first.network.trunk.stem[0][0].weight, first.network.heads[0].score[-1].bias)
    before = [p.detach().clone() for p in learning]
    first.run(1, lambda run: steps.append(run.step))
    assert all((a != b).any() for a, b in zip(before, learning, strict=True))
    again = runs.Training(runs.Settings(**{**vars(settings), "samples": 12}), material, start, tmp_path)
    assert again.step == 2
    again.run(1, lambda run: steps.append(run.step))
    assert steps == [1, 2, 3]
    kept = runs.Training(again.settings, material, start, tmp_path).result()
    for one, other in zip(kept.parameters(), again.result().parameters(), strict=True):
        torch.testing.assert_close(one, other)
    with pytest.raises(ModelError, match=r"differs in: batch\)"):
        runs.Training(runs.Settings(**{**vars(settings), "batch": 2}), material, start, tmp_path)
    with pytest.raises(ModelError, match="not a checkpoint"):
        runs.load(Path(__file__))


def test_the_exported_file_answers_as_the_network_does_at_any_size(tmp_path: Path) -> None:
    from deeppose.inference.finders.detector_file import DetectorFile
    from deeppose.inference.finders.margins import Margin
    from deeppose.training.detector.export import export
    from deeppose.training.detector.validation import Untold
    from toymodel import flipped

    torch.manual_seed(0)
    network = PersonDetector().eval()
    for head in network.heads:
        torch.nn.init.normal_(head.score[-1].weight, std=20.0)  # some cells above the least score, most below
        torch.nn.init.constant_(head.reach[-1].bias, 2.0)
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
