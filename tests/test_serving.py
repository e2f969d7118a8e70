"""The server's routes, through its application: answers, limits, errors in one form, key, counts, page."""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import deeppose
from deeppose.cli import main
from deeppose.data.images import read_image
from deeppose.inference.onnx_model import OnnxModel
from deeppose.serving.folder import EXAMPLES
from toymodel import CARD, of_mice, write_model

testclient = pytest.importorskip("fastapi.testclient", reason="the extra 'serve' is not installed")

from deeppose.serving.app import create  # noqa: E402
from deeppose.serving.settings import KEY_VARIABLE, Settings  # noqa: E402

JPEG = {"content-type": "image/jpeg"}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD))


@pytest.fixture(scope="module")
def client(toy: str) -> Iterator[Any]:
    settings = Settings(
        (toy,), "person-box", threads=1, max_bytes=300_000, max_pixels=1_000_000, max_people=3, max_batch=2
    )
    with testclient.TestClient(create(settings)) as client:
        yield client


def png(width: int = 60, height: int = 50) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 100).save(out, "PNG")
    return out.getvalue()


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The one form of every error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert sorted(said) == ["detail", "remedy", "status", "title", "type"]
    assert said["status"] == status
    assert said["remedy"]
    return said


def test_answers_are_predicts_own(capsys: pytest.CaptureFixture[str]) -> None:
    picture = EXAMPLES[0]
    options = ["predict", str(picture), "--json", "--model", "lsp-compact", "--threads", "1"]
    assert main([*options, "--all-stages"]) == 0
    expected = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    with testclient.TestClient(create(Settings(("lsp-compact",), threads=1))) as client:
        files = {"image": (str(picture), picture.read_bytes())}
        answer = client.post("/v1/poses?stages=true", files=files).json()
        raw = client.post("/v1/poses", content=picture.read_bytes(), headers=JPEG).json()
    assert answer["people"] == expected
    assert (answer["width"], answer["height"], answer["skeleton"]) == (480, 480, "lsp")
    (alone,) = raw["people"]
    assert alone == {k: v for k, v in expected[0].items() if k != "stages"} | {"file": "picture"}


def test_boxes_people_and_stages(client: Any, toy: str) -> None:
    query = "boxes=10,5,20,30&boxes=1.5,2,30,40&stages=true&turns=2"
    answer = client.post(f"/v1/poses?{query}", content=png(), headers=JPEG).json()
    assert [person["box"] for person in answer["people"]] == [
        {"x": 10.0, "y": 5.0, "w": 20.0, "h": 30.0}, {"x": 1.5, "y": 2.0, "w": 30.0, "h": 40.0},
    ]  # fmt: skip
    expected = deeppose.load(toy, threads=1).predict(
        read_image(png()), [[20, 20, 20, 30], [16.5, 22, 30, 40]]
    )
    ankle = answer["people"][1]["joints"]["right_ankle"]
    np.testing.assert_allclose([ankle["x"], ankle["y"]], expected.joints[1, 0], atol=1e-3)
    assert len(answer["people"][0]["stages"]) == 3
    assert len(client.post(f"/v1/poses?{query}&people=1", content=png(), headers=JPEG).json()["people"]) == 1
    assert client.post(f"/v1/poses?{query}&min-person=1", content=png(), headers=JPEG).json()["people"] == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("boxes=1,2,3", "boxes.*not of the form"),
        ("boxes=1,2,0,5", "above zero"),
        ("boxes=500,500,20,20", "outside the picture"),
        ("people=0", "people"),
        ("min-person=2", "min-person"),
        ("turns=3", "1, 2 or 4"),
        ("skeleton=octopus", r"skeleton octopus.*toy \(lsp\)"),
        ("model=gone", r"model gone.*toy"),
    ],
)
def test_wrong_values_are_named(client: Any, query: str, words: str) -> None:
    said = problem(client.post(f"/v1/poses?{query}", content=png(), headers=JPEG), 422)
    assert re.search(words, said["detail"])


def test_what_is_no_picture_is_refused(client: Any) -> None:
    said = problem(client.post("/v1/poses", content=b"hello", headers=JPEG), 400)
    assert "BytesIO" not in said["detail"]
    problem(client.post("/v1/poses", content=png()[:60], headers=JPEG), 400)
    problem(client.post("/v1/poses", content=b"", headers=JPEG), 400)
    problem(client.post("/v1/poses", content=png()), 415)
    problem(client.post("/v1/poses", content=png(), headers={"content-type": "text/plain"}), 415)
    form = {"content-type": "multipart/form-data; boundary=x"}
    problem(
        client.post("/v1/poses", content=b"x", headers={"content-type": "multipart/form-data; charset=x"}),
        400,
    )
    problem(client.post("/v1/poses", content=b"--x\r\nno header", headers=form), 400)
    problem(client.post("/v1/poses", content=b"--x--\r\n", headers=form), 422)
    problem(client.post("/v1/poses", data={"image": "words"}, files={"other": ("", b"")}), 422)


def test_too_much_is_refused_before_it_is_decoded(client: Any) -> None:
    large = b"x" * 300_001
    assert "300001" in problem(client.post("/v1/poses", content=large, headers=JPEG), 413)["detail"]
    problem(client.post("/v1/poses", content=iter([large[:200_000], large[:200_000]]), headers=JPEG), 413)
    bomb = png(1200, 1000)  # the limit here is a million
    assert "1200 x 1000" in problem(client.post("/v1/poses", content=bomb, headers=JPEG), 413)["detail"]
    far = bomb[:16] + (60_000).to_bytes(4, "big") * 2 + bomb[24:29]
    far += zlib.crc32(far[12:]).to_bytes(4, "big") + bomb[33:]  # a header that claims 3.6 gigapixels
    problem(client.post("/v1/poses", content=far, headers=JPEG), 413)
    boxes = "&".join(["boxes=1,1,9,9"] * 4)
    assert (
        "3 people" in problem(client.post(f"/v1/poses?{boxes}", content=png(), headers=JPEG), 413)["detail"]
    )
    files = [("images", (f"{i}.png", png())) for i in range(3)]
    assert "more than 2" in problem(client.post("/v1/poses/batch", files=files), 413)["detail"]


def test_a_batch_answers_each_picture_on_its_own(client: Any) -> None:
    files = [("images", ("good.png", png())), ("images", ("bad.png", b"bad"))]
    good, bad = client.post("/v1/poses/batch", files=files).json()["pictures"]
    assert (good["file"], good["width"], len(good["people"])) == ("good.png", 60, 1)
    assert (bad["file"], bad["status"]) == ("bad.png", 400)


def test_models_and_their_cards(client: Any) -> None:
    (model,) = client.get("/v1/models").json()["models"]
    assert (model["name"], model["skeleton"], len(model["joints"]), model["card"]) == ("toy", "lsp", 14, None)


def test_who_watches_is_told(client: Any) -> None:
    for path in ("/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"):
        assert client.get(path).status_code == 200
    client.post("/v1/poses", content=png(), headers=JPEG)
    client.get("/made-up/by-somebody")
    text = client.get("/metrics").text
    for line in (
        'deeppose_requests_total{method="POST",route="/v1/poses",status="200"}',
        'deeppose_phase_seconds_count{phase="find"}',
        "deeppose_people_total",
        "deeppose_queue 0.0",
        'deeppose_refused_total{status="413"}',
    ):
        assert line in text
    assert "made-up" not in text


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server of two models of own labels: one learned from whole pictures, one from boxes; of no people."""
    folder = tmp_path_factory.mktemp("animals")
    files = [
        of_mice(folder / f"{name}.onnx", box)
        for name, box in (("alone", "full-image"), ("crowd", "labelled"))
    ]
    with testclient.TestClient(create(Settings(tuple(map(str, files)), threads=1))) as client:
        yield client


def test_a_model_of_whole_pictures_looks_for_nobody(animals: Any) -> None:
    (one,) = animals.post("/v1/poses?model=alone", content=png(), headers=JPEG).json()["people"]
    assert one["box"] == {"x": 0.0, "y": 0.0, "w": 60.0, "h": 50.0}
    assert set(one["joints"]) == {f"point {k}" for k in range(14)}


def test_a_model_of_boxes_asks_for_them(animals: Any) -> None:
    said = problem(animals.post("/v1/poses?model=crowd", content=png(), headers=JPEG), 422)
    assert "where each mouse is" in said["detail"]
    query = "/v1/poses?model=crowd&boxes=10,5,20,30"
    (one,) = animals.post(query, content=png(), headers=JPEG).json()["people"]
    assert one["box"] == {"x": 10.0, "y": 5.0, "w": 20.0, "h": 30.0}


def test_wrong_paths_and_methods(client: Any) -> None:
    problem(client.get("/nothing"), 404)
    answer = client.get("/v1/poses")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_the_description_is_complete(client: Any) -> None:
    said = client.get("/openapi.json").json()
    for path, methods in said["paths"].items():
        for route in methods.values():
            assert route["description"], path
            assert ("requestBody" in route) == (
                path in ("/v1/poses", "/v1/poses/batch", "/v2/models/{name}/infer")
            )
    assert "ProblemBody" in said["components"]["schemas"]
    assert "#/$defs" not in json.dumps(said)


def test_a_key_is_asked_for(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sesame")
    with testclient.TestClient(create(Settings((toy,), threads=1))) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/v2/health/ready").status_code == 200
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "sesame"}):
            for path in ("/v1/models", "/metrics", "/v2/models/toy"):
                problem(client.get(path, headers=headers), 401)
        assert client.get("/v1/models", headers={"authorization": "Bearer sesame"}).status_code == 200


def test_other_sites_pages_may_call_only_where_they_are_allowed(client: Any, toy: str) -> None:
    headers = {"origin": "https://example.org"}
    assert "access-control-allow-origin" not in client.get("/v1/models", headers=headers).headers
    settings = Settings((toy,), threads=1, origins=("https://example.org",))
    with testclient.TestClient(create(settings)) as allowed:
        assert (
            allowed.get("/v1/models", headers=headers).headers["access-control-allow-origin"]
            == headers["origin"]
        )
        other = allowed.get("/v1/models", headers={"origin": "https://example.com"})
        assert "access-control-allow-origin" not in other.headers


def test_the_page_comes_with_the_headers_it_needs(toy: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>page")
    with testclient.TestClient(create(Settings((toy,), threads=1, page=str(tmp_path)))) as client:
        answer = client.get("/")
        assert answer.text == "<p>page"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert client.get("/v1/poses").headers["allow"] == "POST"
        problem(client.get("/gone.js"), 404)
        problem(client.get("/%2e%2e/secret"), 404)


def test_the_open_inference_protocol(client: Any, toy: str) -> None:
    about = client.get("/v2/models/toy").json()
    assert about["inputs"][0] == {"name": "canvases", "datatype": "UINT8", "shape": [-1, 256, 256, 3]}
    assert client.get("/v2").json()["name"] == "deeppose"
    problem(client.get("/v2/models/gone"), 404)
    rng = np.random.default_rng(0)
    canvases, boxes = (
        rng.integers(0, 256, (2, 256, 256, 3), np.uint8),
        np.array([[99, 98, 50, 60], [9, 8, 5, 6]]),
    )
    asked = {
        "id": "a",
        "inputs": [
            {"name": "canvases", "shape": [1, 256, 256, 3], "datatype": "UINT8", "data": canvases[0].ravel().tolist()},
            {"name": "boxes", "shape": [1, 4], "datatype": "FP32", "data": boxes[0].tolist()},
        ],
        "outputs": [{"name": "joints"}],
    }  # fmt: skip
    with testclient.TestClient(create(Settings((toy,), threads=1))) as roomy:
        answer = roomy.post("/v2/models/toy/infer", json=asked).json()
        expected, _ = OnnxModel(toy, 1).run(canvases[:1], boxes[:1].astype(np.float32))
        (joints,) = answer["outputs"]
        assert (answer["id"], joints["shape"]) == ("a", [1, 3, 14, 2])
        np.testing.assert_array_equal(np.array(joints["data"], np.float32), expected.ravel())
    asked["inputs"][0] |= {"shape": [1, 2, 2, 3], "data": [0] * 12}  # type: ignore[index, operator]
    said = problem(client.post("/v2/models/toy/infer", json=asked), 422)
    assert "[1, 256, 256, 3]" in said["detail"]
    problem(client.post("/v2/models/toy/infer", content=b"{}", headers=JPEG), 415)
    problem(client.post("/v2/models/toy/infer", json={"inputs": []}), 422)
