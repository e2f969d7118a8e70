"""Who is there in a video: the doubtful who go on, duplicates, newcomers who wait, --people, and SciPy missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deeppose import cli
from deeppose.commands import motion_options
from deeppose.inference.likeness import distinct
from deeppose.poses import Poses, from_records
from deeppose.show.trails import Trails
from deeppose.skeleton import LSP
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.tracking import numbered
from deeppose.stream.tracks import Tracker
from films import write_film
from test_tracks import standing
from toymodel import CARD, write_model

LEAST = 0.3


def people(*where: tuple[float, float]) -> Poses:
    """Someone at each x, with that score."""
    return replace(standing(*(x for x, _ in where)), person_scores=np.array([score for _, score in where]))


def told(frames: list[Poses], most: int | None = None) -> list[list[int]]:
    """The numbers in each frame, 1/25 s apart."""
    tracker = Tracker(LSP, least=LEAST)
    found = [numbered(tracker, p, i / 25, (1280, 720), LEAST, most).tracks for i, p in enumerate(frames)]
    return [tracks.tolist() for tracks in found if tracks is not None]


def test_someone_in_doubt_goes_on_and_does_not_begin() -> None:
    assert told([people((100, 0.8)), people((100, 0.2), (700, 0.2)), people((100, 0.8))]) == [[0], [0], [0]]


def test_whoever_is_sure_comes_first() -> None:
    """Both could be the one known; the sure one is, though the doubtful one is nearer."""
    assert told([people((100, 0.8)), people((101, 0.2), (108, 0.6))])[1] == [0]


def test_a_newcomer_who_is_not_sure_gets_a_number_when_seen_again() -> None:
    frames = [people((100, 0.8)), people((100, 0.8), (700, 0.35)), people((100, 0.8), (700, 0.35))]
    assert told(frames) == [[0], [0, -1], [0, 1]]
    assert told([people((100, 0.8)), people((100, 0.8), (700, 0.65))]) == [[0], [0, 1]]


def test_a_newcomer_who_waits_is_not_numbered_by_a_doubtful_sight() -> None:
    frames = [people((100, 0.8)), people((100, 0.8), (700, 0.35)), people((100, 0.8), (700, 0.2))]
    assert told(frames) == [[0], [0, -1], [0]]


def test_of_the_first_frame_everyone_has_a_number() -> None:
    assert told([people((100, 0.31), (700, 0.9))]) == [[0, 1]]


def test_one_person_found_twice_counts_once() -> None:
    twice = people((100, 0.5), (102, 0.8), (400, 0.7))
    assert len(distinct(twice)) == 2
    assert [person.score for person in distinct(twice)] == [0.8, 0.7]
    assert told([twice, twice]) == [[0, 1], [0, 1]]


def test_of_more_people_than_wanted_the_sure_come_first() -> None:
    assert told([people((100, 0.9), (700, 0.8)), people((100, 0.2), (700, 0.8), (1100, 0.7))], 2) == [
        [0, 1],
        [1, 2],
    ]


def test_who_has_no_number_is_null_in_records_and_comes_back() -> None:
    poses = replace(people((100, 0.8), (700, 0.35)), tracks=np.array([4, -1]))
    records = poses.to_records("a.mp4")
    assert [record["track"] for record in records] == [4, None]
    again, _ = from_records(records, LSP)
    assert again.tracks is not None
    assert again.tracks.tolist() == [4, -1]
    assert [person.track for person in again] == [4, None]


def test_who_has_no_number_has_no_trail_and_stays_unsmoothed() -> None:
    poses = replace(people((100, 0.8), (700, 0.35)), tracks=np.array([4, -1]))
    assert list(Trails().update(poses, 0.0)) == [4]
    calm, moved = OneEuro(), replace(poses, joints=poses.joints + 30)
    calm.update(poses, 0.0)
    smoothed = calm.update(moved, 1 / 30)
    np.testing.assert_array_equal(smoothed[1], moved.joints[1])
    assert (smoothed[0] < moved.joints[0]).all()


@pytest.fixture
def without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion_options.importlib.util, "find_spec", lambda _name: None)


@pytest.mark.usefixtures("without_scipy")
def test_without_scipy_predict_says_that_there_are_no_numbers_and_how_to_have_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("av", reason="PyAV is not installed: deeppose[video]")
    film = write_film(tmp_path / "a.mp4", [0.0, 0.04])
    model = str(write_model(tmp_path / "toy.onnx", CARD))
    words = ["predict", str(film), "--model", model, "--full-image", "--json"]
    assert cli.main(words) == 0
    out, said = capsys.readouterr()
    assert '"track"' not in out
    assert "no numbers" in said
    assert "pip install 'deeppose[video]'" in said
    for more in (["--smooth", "one_euro"], ["--smooth", "butterworth"], ["--angles"]):
        assert cli.main([*words, *more]) == 2
        assert "pip install 'deeppose[video]'" in capsys.readouterr().err
