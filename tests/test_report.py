"""The report: its numbers against plain loops, the page against its JSON, and the command that writes both."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deeppose.data.annotation import Annotation, Dataset
from deeppose.evaluation import assess
from deeppose.evaluation.as_json import as_json
from deeppose.evaluation.predictions import Predictions, in_order
from deeppose.evaluation.reading import read_predictions
from deeppose.poses import Poses
from deeppose.skeleton import BUFFY, COCO, FLIC, LSP, Skeleton, from_edges

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from deeppose.data.boxes import diameters
from deeppose.evaluation.reliability import reliability
from deeppose.show import plots
from deeppose.show.report import Subject, figures, write
from deeppose.show.report.displacements import ellipse, joint_box_sides, observed
from deeppose.show.report.numbers import measure
from deeppose.show.report.people import galleries, strips

SIDE = 100
PEOPLE = 9


def subject_of(
    skeleton: Skeleton, tmp_path: Path, name: str, seed: int = 0, pictures: bool = True, scores: bool = True
) -> Subject:
    """Random people with a fifth of their joints unlabelled, three stages that come nearer, random scores."""
    rng = np.random.default_rng(seed)
    k = len(skeleton)
    truth = rng.uniform(10, 90, (PEOPLE, k, 2))
    labelled = rng.random((PEOPLE, k)) < 0.8
    labelled[0] = True
    people = []
    for n in range(PEOPLE):
        path = tmp_path / f"p{n}.jpg"
        if pictures:
            Image.new("RGB", (SIDE, SIDE), (60, 80, 20 * n)).save(path)
        joints = np.where(labelled[n, :, None], truth[n], 0.0)
        people.append(Annotation(path, joints, labelled[n], labelled[n]))
    dataset = Dataset(name, "test", skeleton, people)
    stages = truth + rng.normal(0, 12, (1, PEOPLE, k, 2)) / np.array([1, 2, 4]).reshape(3, 1, 1, 1)
    nobody = np.zeros(PEOPLE, bool)
    boxes = np.tile([SIDE / 2, SIDE / 2, SIDE, SIDE], (PEOPLE, 1))
    given = rng.random((3, PEOPLE, k)) if scores else None
    predictions = Predictions(
        stages, nobody, np.ones(k, bool), "made up", boxes, "full-image", scores=given, sigma=1.0
    )
    return Subject(assess.assess(dataset, predictions, "made up", replace(dataset, split="train")))


class Page(HTMLParser):
    """The cells of the table of one id, and every attribute that could fetch something."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table, self.inside, self.value = table, False, False
        self.cells: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.add(tag)
        self.inside = self.inside or (tag == "table" and named.get("id") == self.table)
        self.value = self.inside and named.get("class") == "v"
        self.ids += [value for key, value in attrs if key == "id" and value]
        self.fetched += [v for a, v in attrs if a in ("src", "href", "xlink:href", "srcset", "data") and v]

    def handle_data(self, data: str) -> None:
        if self.value:
            self.cells.append(data.strip())
        self.value = False

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "table"


def written(subject: Subject, tmp_path: Path) -> tuple[str, Page, dict]:
    html, numbers = write(subject, tmp_path / "out" / "page.html")
    text = html.read_text()
    page = Page("table-pcp")
    page.feed(text)
    return text, page, json.loads(numbers.read_text())


@pytest.fixture(scope="module")
def lsp(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject_of(LSP, tmp_path_factory.mktemp("lsp"), "lsp")


@pytest.fixture(scope="module")
def lsp_page(lsp: Subject, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page, dict]:
    return written(lsp, tmp_path_factory.mktemp("page"))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures, which take Matplotlib most of a page's time, as empty drawings: one whole page is drawn above."""
    monkeypatch.setattr(figures, "svg", lambda key, _: f'<svg id="{key}"></svg>')


def test_the_page_holds_every_number_of_table_1(lsp_page):
    _, page, numbers = lsp_page
    rows = numbers["report"]["pcp_table"]["rows"]
    values = [cell["value"] for row in rows for cell in row["cells"]]
    assert (
        len(rows) == 2 * (3 + 1) + 8
    )  # three stages and the mean pose under both rules, eight published rows
    assert [float(cell) for cell in page.cells] == pytest.approx(values, abs=0.00051)
    ours = {(r["rule"], r["name"]): r["cells"] for r in rows if r["who"] == "ours"}
    for rule in ("strict", "loose"):
        measured = numbers["stages"][2]["pcp"][rule]
        assert ours[rule, "stage 3"][-1]["value"] == pytest.approx(measured["mean"])
        assert ours[rule, "stage 3"][0]["value"] == pytest.approx(measured["kinds"]["upper arm"])
    for cells in ours.values():
        assert all(c["low"] <= c["value"] <= c["high"] for c in cells)


def test_the_page_is_self_contained_and_names_its_protocol(lsp_page):
    text, page, _ = lsp_page
    assert page.fetched
    assert all(link.startswith(("#", "data:image/jpeg;base64,")) for link in page.fetched), page.fetched
    assert not {"script", "link", "iframe"} & page.tags
    assert "url(http" not in text
    assert "@import" not in text
    words = [
        " ".join(caption.split())
        for caption in re.findall(r"<figcaption>(.*?)</figcaption>", text, re.DOTALL)
    ]
    of_galleries = [w for w in words if re.match(r"<b>\d+/\d+</b>", w)]
    assert len(of_galleries) == PEOPLE
    rest = [w for w in words if w not in of_galleries]
    assert len(rest) > 15
    assert all("lsp test" in w and "box: full-image" in w for w in rest)
    assert "left shoulder to right hip" in text


@pytest.mark.usefixtures("undrawn")
def test_the_page_names_the_predictions_without_their_folder(lsp, tmp_path):
    for where in ("/home/somebody/saved.json", r"C:\Users\somebody\saved.json"):
        outcome = lsp.outcome
        elsewhere = replace(outcome, protocol=replace(outcome.protocol, predictions=where))
        text, _, _ = written(Subject(replace(lsp.evaluation, outcome=elsewhere)), tmp_path)
        assert "predictions: saved.json" in text
        assert "somebody" not in text


def test_links_within_the_page_lead_somewhere_and_no_id_is_given_twice(lsp_page):
    _, page, _ = lsp_page
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.fetched if link.startswith("#")} <= set(page.ids)


def test_reliability_is_the_plain_loops_and_its_bins_hold_every_labelled_joint(lsp):
    numbers = measure(lsp).calibration
    torso = lsp.labelled[:, [9, 2]].all(1)
    scores = lsp.predictions.scores
    assert scores is not None
    for s, stage in enumerate(numbers):
        assert sum(b.count for b in stage.bins) == stage.joints == lsp.labelled[torso].sum()
        sums = np.zeros((10, 3))
        by_fate: dict[bool, list[float]] = {True: [], False: []}
        for n in np.flatnonzero(torso):
            size = np.linalg.norm(lsp.truth[n, 9] - lsp.truth[n, 2])
            for k in np.flatnonzero(lsp.labelled[n]):
                hit = np.linalg.norm(lsp.stages[s, n, k] - lsp.truth[n, k]) <= 0.2 * size
                sums[int(scores[s, n, k] * 10)] += 1, hit, scores[s, n, k]
                by_fate[bool(hit)].append(scores[s, n, k])
        assert [b.count for b in stage.bins] == sums[:, 0].tolist()
        full = sums[:, 0] > 0
        rates = np.array([b.rate for b in stage.bins if b.count])
        np.testing.assert_allclose(rates, sums[full, 1] / sums[full, 0])
        assert stage.ece == pytest.approx(np.abs(sums[:, 1] - sums[:, 2]).sum() / stage.joints)
        duels = [(a > b) + (a == b) / 2 for a in by_fate[True] for b in by_fate[False]]
        assert stage.auc == pytest.approx(np.mean(duels))


def test_a_certain_score_falls_in_the_last_bin_and_nothing_is_undefined_noise():
    one = reliability(np.ones((2, 1)), np.array([[True], [False]]), np.ones((2, 1), bool))
    assert (one.bins[-1].count, one.bins[-1].rate, one.ece, one.brier) == (2, 0.5, 0.5, 0.5)
    assert one.auc == 0.5
    none = reliability(np.ones((2, 1)), np.ones((2, 1), bool), np.zeros((2, 1), bool))
    assert (none.joints, none.ece, none.brier, none.bins[0].rate) == (0, None, None, None)
    assert none.auc is None


def test_displacements_are_in_diameters_and_know_which_truths_the_next_box_holds(lsp):
    stage = observed(lsp, 1)
    moved = []
    inside = total = 0
    sides = joint_box_sides(lsp, 1)
    assert sides is not None
    diam = diameters(lsp.truth, lsp.labelled, LSP)
    for n in range(PEOPLE):
        for k in np.flatnonzero(lsp.labelled[n]):
            away = lsp.stages[1, n, k] - lsp.truth[n, k]
            inside, total = inside + (np.abs(away) <= sides[n] / 2).all(), total + 1
            if k == 5:
                moved.append(away / diam[n])
    assert stage.in_box == pytest.approx(inside / total)
    assert stage.joints["left_ankle"].count == len(moved)
    np.testing.assert_allclose(stage.joints["left_ankle"].mean, np.mean(moved, 0))
    np.testing.assert_allclose(stage.joints["left_ankle"].covariance, np.cov(np.transpose(moved)))


def test_diameters_are_the_models():
    torch = pytest.importorskip("torch")
    from deeppose.model.geometry import diameter

    rng = np.random.default_rng(3)
    joints, labelled = rng.uniform(0, 200, (200, 14, 2)), rng.random((200, 14)) < 0.7
    joints[0, 9] = joints[0, 2]  # a torso seen end-on
    labelled[0], labelled[1] = True, False
    theirs = diameter(torch.from_numpy(joints), torch.from_numpy(labelled), LSP.torso).numpy()
    np.testing.assert_allclose(diameters(joints, labelled, LSP), theirs)


def test_an_ellipse_is_its_covariances():
    rng = np.random.default_rng(4)
    for _ in range(20):
        root = rng.normal(size=(2, 2))
        long, short, angle = ellipse((root @ root.T).tolist())
        turn = np.array([[np.cos(np.radians(angle)), -np.sin(np.radians(angle))],
                         [np.sin(np.radians(angle)), np.cos(np.radians(angle))]])  # fmt: skip
        assert long >= short
        np.testing.assert_allclose(turn @ np.diag([long**2, short**2]) @ turn.T, root @ root.T, atol=1e-9)


def test_galleries_are_ordered_by_error_and_gains_are_gains(lsp):
    shown = galleries(lsp, each=3)
    errors = [person.error[-1] for name in ("best", "typical", "worst") for person in shown[name]]
    assert errors == sorted(errors)
    assert len({p.person for people in shown.values() for p in people}) == 9
    sizes = [np.ptp(lsp.truth[n][lsp.labelled[n]], axis=0).max() for n in range(PEOPLE)]
    n = shown["worst"][-1].person
    expected = np.mean(
        [np.linalg.norm(lsp.stages[2, n, k] - lsp.truth[n, k]) for k in np.flatnonzero(lsp.labelled[n])]
    )
    assert errors[-1] == pytest.approx(expected / sizes[n])
    gains = strips(lsp)["gain"]
    assert len(gains) == 3
    rises = [p.found[-1] - p.found[0] for p in gains]
    assert rises == sorted(rises, reverse=True)
    assert rises[0] == max((lsp.hits[2].correct.sum(1) - lsp.hits[0].correct.sum(1)).tolist())


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("skeleton", [FLIC, BUFFY], ids=lambda s: s.name)
def test_upper_bodies_without_legs(skeleton, tmp_path):
    text, page, numbers = written(subject_of(skeleton, tmp_path, skeleton.name), tmp_path)
    assert numbers["report"]["pcp_table"]["kinds"] == ["upper arm", "lower arm"]
    assert len(page.cells) == 2 * 4 * 3
    assert "elbow" in text
    assert "ankle" not in text


def test_a_skeleton_without_torso_scores_or_pictures(tmp_path):
    pen = from_edges("pen", ["tip", "left_clip", "right_clip"], [(0, 1), (0, 2)])
    subject = subject_of(pen, tmp_path, "coco", pictures=False, scores=False)
    text, _, numbers = written(subject, tmp_path)
    assert numbers["report"]["hit"]["name"] == "PCK@0.2"
    assert numbers["report"]["pcp_table"] is None
    assert numbers["report"]["calibration"] == []
    assert "carry no scores" in text


@pytest.mark.usefixtures("undrawn")
def test_people_nobody_predicted_are_in_no_picture(lsp, tmp_path):
    missing = np.arange(PEOPLE) == 4
    stages = np.where(missing[None, :, None, None], 1e9, lsp.stages)
    predictions = replace(lsp.predictions, stages=stages, missing=missing, boxes=None)
    text, _, numbers = written(Subject(assess.assess(lsp.dataset, predictions, "made up")), tmp_path)
    shown = [p["person"] for people in numbers["report"]["galleries"].values() for p in people]
    assert sorted(shown) == [0, 1, 2, 3, 5, 6, 7, 8][: len(shown)] or 4 not in shown
    assert "p4.jpg" not in text
    assert "1 people have none" in text


@pytest.mark.usefixtures("undrawn")
def test_tables_2_and_its_heads(tmp_path):
    text, _, numbers = written(subject_of(LSP, tmp_path, "parse"), tmp_path)
    table = numbers["report"]["pcp_table"]
    assert (table["number"], table["kinds"]) == (2, ["upper leg", "lower leg", "upper arm", "lower arm"])
    assert "do not fit its numbers" in text


def test_plots_are_figures_and_draw_the_means_of_left_and_right(lsp):
    result = as_json(lsp.evaluation)
    figure = plots.pdj_by_stage(result, ["right_knee", "left_knee"])
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    assert list(lines) == ["mean pose", "stage 1", "stage 2", "stage 3"]
    curve = result["stages"][1]["pdj_curve"]["joints"]
    np.testing.assert_allclose(lines["stage 2"], np.mean([curve["right_knee"], curve["left_knee"]], 0))
    assert list(plots.joint_pairs(LSP.joints)) == [
        "ankle", "knee", "hip", "wrist", "elbow", "shoulder", "neck", "head_top",
    ]  # fmt: skip


def test_scores_follow_their_joints_into_another_skeleton_and_order():
    rng = np.random.default_rng(5)
    points = rng.uniform(0, 50, (2, 3, 17, 2))
    scores = rng.random((2, 3, 17))
    poses = Poses(COCO, points[:, -1], scores[:, -1], np.ones((2, 4)), points, scores)
    people = [
        Annotation(Path("a"), np.zeros((14, 2)), np.ones(14, bool), np.ones(14, bool)) for _ in range(3)
    ]
    from deeppose.evaluation.matching import Matches

    laid = in_order(poses, Matches(np.array([1, -1, 0]), "by name"), Dataset("lsp", "test", LSP, people), "")
    assert laid.scores is not None
    assert laid.scores.shape == (3, 3, 14)
    wrist = COCO.index("right_wrist")
    np.testing.assert_array_equal(laid.scores[:, 0, LSP.index("right_wrist")], scores[1, :, wrist])
    np.testing.assert_array_equal(laid.scores[:, 2, LSP.index("right_wrist")], scores[0, :, wrist])
    assert not laid.scores[:, 1].any()


def test_records_without_scores_are_predictions_without(tmp_path):
    joints = {name: {"x": 1.0, "y": 2.0} for name in LSP.joints}
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"sigma": 2, "people": [{"file": "a.jpg", "joints": joints}]}))
    person = Annotation(tmp_path / "a.jpg", np.ones((14, 2)), np.ones(14, bool), np.ones(14, bool))
    read = read_predictions(path, Dataset("lsp", "test", LSP, [person]), lambda: (1, np.arange(1)))
    assert (read.scores, read.sigma) == (None, 2.0)


@pytest.mark.usefixtures("undrawn")
def test_the_command_writes_page_and_numbers(tmp_path, capsys):
    io = pytest.importorskip("scipy.io")
    pytest.importorskip("onnx")
    from deeppose import cli
    from toymodel import CARD, write_model

    root = tmp_path / "lsp"
    (root / "images").mkdir(parents=True)
    first = root / "images" / "im0001.jpg"
    Image.new("RGB", (120, 160), (90, 90, 90)).save(first)
    for n in (*range(2, 4), 1001, 1002):
        (root / "images" / f"im{n:04d}.jpg").hardlink_to(first)
    joints = np.zeros((3, 14, 2000))
    joints[:2] = np.random.default_rng(6).uniform(20, 100, (2, 14, 2000))
    io.savemat(root / "joints.mat", {"joints": joints})
    model, saved, out = write_model(tmp_path / "toy.onnx", CARD), tmp_path / "p.json", tmp_path / "report"
    options = ["evaluate", "lsp", "--root", str(root), "--limit", "2", "--report"]
    assert cli.main([*options, str(out), "--model", str(model), "--save-predictions", str(saved)]) == 0
    direct = json.loads((tmp_path / "report.json").read_text())
    assert direct["report"]["sigma"] == CARD["sigma"]
    assert "σ = 1" in (tmp_path / "report.html").read_text()
    assert cli.main([*options, str(tmp_path / "again.html"), "--predictions", str(saved)]) == 0
    again = json.loads((tmp_path / "again.json").read_text())
    assert again["report"]["pcp_table"] == direct["report"]["pcp_table"]
    assert again["report"]["calibration"][0]["joints"] == 28
    capsys.readouterr()
    assert cli.main([*options, str(tmp_path / "x.json"), "--predictions", str(saved)]) == 2
    assert "--report" in capsys.readouterr().err
