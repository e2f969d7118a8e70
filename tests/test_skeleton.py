"""Skeletons: topology of the known ones, and of any the user brings."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from deeppose.errors import ConfigError, DataError
from deeppose.skeleton import COCO, LSP, SKELETONS, Skeleton, from_edges, get, other_side, pairs_by_name
from deeppose.skeleton_json import from_json, to_json


@pytest.mark.parametrize(
    ("name", "joints", "midline"),
    [
        ("lsp", 14, {"neck", "head_top"}),
        ("flic", 10, set()),
        ("buffy", 11, {"neck", "head_top", "pelvis"}),
        ("mpii", 16, {"pelvis", "thorax", "upper_neck", "head_top"}),
        ("coco", 17, {"nose"}),
    ],
)
def test_joints_and_mirror_pairs(name: str, joints: int, midline: set[str]) -> None:
    skeleton = get(name)
    assert len(skeleton) == joints
    assert {j for i, j in enumerate(skeleton.joints) if skeleton.mirror[i] == i} == midline


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_mirroring_maps_limbs_edges_and_diagonals_onto_themselves(skeleton: Skeleton) -> None:
    m = skeleton.mirror
    assert [m[m[i]] for i in range(len(skeleton))] == list(range(len(skeleton)))
    sticks = {(limb.kind, frozenset((frozenset(limb.start), frozenset(limb.end)))) for limb in skeleton.limbs}
    assert sticks == {
        (kind, frozenset(frozenset(m[j] for j in end) for end in ends)) for kind, ends in sticks
    }
    for pairs in (skeleton.edges, skeleton.torso):
        assert {frozenset(p) for p in pairs} == {frozenset(m[j] for j in p) for p in pairs}


def test_lsp_order_is_the_data_set_s() -> None:
    lsp = get("lsp")
    assert [lsp.index(j) for j in ("right_ankle", "left_hip", "right_wrist", "head_top")] == [0, 3, 6, 13]
    assert lsp.torso[0] == (9, 2)


def test_unknown_names_say_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'coco'"):
        get("cocoo")
    with pytest.raises(ConfigError, match="did you mean 'left_knee'"):
        COCO.index("left_kne")


@pytest.mark.parametrize(
    ("joint", "mirrored"),
    [
        ("Left Ear", "Right Ear"),
        ("l-wing", "r-wing"),
        ("front_left_paw", "front_right_paw"),
        ("L_Eye", "R_Eye"),
        ("LFrontPaw", "RFrontPaw"),
        ("hipR", "hipL"),
        ("RIGHT_KNEE", "LEFT_KNEE"),
        ("LEG", "LEG"),
        ("bright_spot", "bright_spot"),
        ("Rotor", "Rotor"),
        ("tail", "tail"),
    ],
)
def test_sides_are_found_in_the_names_people_use(joint: str, mirrored: str) -> None:
    assert other_side(joint) == mirrored
    assert other_side(mirrored) == joint


def test_a_skeleton_from_a_file() -> None:
    dog = from_edges("dog", ["nose", "L_Eye", "R_Eye", "tail"], [(0, 1), (0, 2), (0, 3)])
    assert dog.mirror == (0, 2, 1, 3)
    assert [limb.kind for limb in dog.limbs] == ["nose-Eye", "nose-Eye", "nose-tail"]
    assert dog.torso == ()
    assert from_edges("body", COCO.joints, COCO.edges).torso == COCO.torso


def test_a_skeleton_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(DataError, match="same name"):
        from_edges("x", ["a", "a"], [])
    with pytest.raises(DataError, match="outside 0 to 1"):
        from_edges("x", ["a", "b"], [(0, 2)])


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_a_skeleton_comes_back_from_json_as_it_was(skeleton: Skeleton) -> None:
    assert from_json(json.loads(json.dumps(to_json(skeleton)))) == skeleton


def test_a_known_skeletons_name_is_enough() -> None:
    assert from_json("lsp") == LSP
    with pytest.raises(ConfigError, match="did you mean 'lsp'"):
        from_json("lspp")


def test_what_a_person_writes_by_hand() -> None:
    pen = from_json(
        {"name": "pen", "joints": ["tip", "left_clip", "right_clip"], "diameter": [["tip", "left_clip"]]}
    )
    assert pen.mirror == (0, 2, 1)
    assert (pen.torso, pen.edges, pen.limbs, pen.share) == (((0, 1),), (), (), LSP.share)


def test_declared_pairs_are_taken_instead_of_the_names() -> None:
    mouse = {"joints": ["paw1LH", "paw2LF", "paw3RF", "paw4RH", "left_ear"]}
    assert from_json(mouse).mirror == (0, 1, 2, 3, 4)
    assert from_json(mouse | {"mirror": [["paw1LH", "paw4RH"], ["paw3RF", "paw2LF"]]}).mirror == (
        3,
        2,
        1,
        0,
        4,
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (3, "a name or a table"),
        ({}, "needs a list of joints"),
        ({"joints": ["a", "b", "a"]}, "two joints of one name: a"),
        ({"joints": ["a", "b"], "diameter": [["a"]]}, "pairs of two joints"),
        ({"joints": ["a", "b"], "edges": [["a", "a"]]}, "pairs of two joints"),
        ({"joints": ["a", "b", "c"], "mirror": [["a", "b"], ["b", "c"]]}, "b stands in two mirror pairs"),
        ({"joints": ["a", "b"], "turned": ["a", "a"]}, "every joint once"),
        ({"joints": ["a", "b"], "share": -1}, "above 0"),
        ({"joints": ["a", "b"], "limbs": [{"kind": "x"}]}, "a limb is"),
    ],
)  # fmt: skip
def test_a_skeleton_in_a_file_that_contradicts_itself_is_refused(said: Any, why: str) -> None:
    with pytest.raises(DataError, match=why):
        from_json(said)


def test_two_skeletons_of_one_name_are_told_apart() -> None:
    assert replace(LSP, joints=LSP.joints[::-1]) != LSP
    assert from_json(to_json(LSP) | {"diameter": []}) != LSP


def test_sides_glued_to_their_joints_pair_where_both_are_there() -> None:
    assert pairs_by_name(["snout", "leftear", "rightear", "tailbase"]) == (0, 2, 1, 3)
    assert pairs_by_name(["bright", "leftover", "tail"]) == (0, 1, 2)
    mouse = from_edges("mouse", ["bright", "leftear", "rightear", "tailbase"], [])
    assert [mouse.side(k) for k in range(4)] == ["", "left", "right", ""]


def test_a_side_without_a_partner_is_known() -> None:
    assert from_edges("leg", ["left_hip", "left_knee", "tail"], []).lonely() == ["left_hip", "left_knee"]
    assert not any(s.lonely() for s in SKELETONS.values())
