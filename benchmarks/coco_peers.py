"""COCO's average precision in the boxes of the detector that ships: ours beside other people's pose networks.

    python benchmarks/coco_peers.py --root DATA --peers tinypose_256x192.onnx movenet_thunder.onnx

Every sixth picture of COCO's test third. Everybody looks at the same boxes, those that score 0.2: ours grown to the
cascade's margin, the peers' by 1.25 (TinyPose's then to 3:4, Thunder's to a square). Everyone counts once, by our rule
(`inference.people.kept`). A person's score: ours as `deeppose predict` gives it; the peers', as MMPose's, the box's
times the mean of the joints that score 0.2 or more; ours in that way once more. AP by faster-coco-eval, 17 joints.

--check N shows that the peers are run as they should be: N people of that third with ten labelled joints or more,
from their labelled boxes, by the share of OKS .50-.95 (`evaluation.oks.share`). Writes results/coco-peers.json, where
rows of the same pictures that are not measured again stay.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from common import asked, keep, kept
from pose_peers import Network, network
from tqdm import tqdm

from deeppose.data.coco import read_coco
from deeppose.data.images import read_image
from deeppose.evaluation import average_precision, oks
from deeppose.files import read_json
from deeppose.inference import Frame, Pipeline, Predictor
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.people import kept as everyone
from deeppose.inference.shipped import DETECTOR
from deeppose.poses import Poses
from deeppose.skeleton import COCO
from deeppose.types import Pixels

NAME = "coco-peers"
LEAST_BOX, LEAST_PERSON, FLOOR = 0.2, 0.02, 0.2


def main() -> None:
    """Find, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("--peers", nargs="*", type=Path, default=[])
    parser.add_argument("--check", type=int, default=0, metavar="N")
    parser.add_argument("--every", type=int, default=6, help="of the pictures")
    args = parser.parse_args()
    networks = {peer.stem: network(peer) for peer in args.peers}
    if args.check:
        for name, run in networks.items():
            print(name, checked(run, args.root, args.check), flush=True)
    said = read_json(args.root / "coco/people-test.json")
    said["images"] = sorted(said["images"], key=lambda image: image["id"])[:: args.every]
    told: dict[str, list[Any]] = {}
    looks = Looks(networks)
    for image in tqdm(said["images"], unit="picture", file=sys.stderr):
        picture = read_image(args.root / "coco/images" / image["file_name"])
        for name, poses in looks(picture):
            told.setdefault(name, []).extend(poses.to_coco([image["id"]] * len(poses)))
    truth = _of_pictures(said)
    result = {name: {"poses": len(rows), "coco": measured(truth, rows)} for name, rows in told.items()}
    people = sum(any(row["keypoints"][2::3]) for row in truth["annotations"])
    about = {"pictures": len(truth["images"]), "people": people}
    before = kept(NAME)
    keep(NAME, {**(before if before.items() >= about.items() else {}), **about, **result})


@dataclass
class Looks:
    """The people of a picture by every network, from the same boxes."""

    networks: dict[str, Network]

    def __post_init__(self) -> None:
        self._find = DetectorFile(DETECTOR, 1, least=LEAST_BOX)
        self._ours = Predictor(threads=1, skeleton="coco")

    def __call__(self, picture: Pixels) -> Iterator[tuple[str, Poses]]:
        """The name of each row and its poses."""
        found, raw = self._find(picture), self._find.raw(picture)
        (ours,) = (p for _, p in Pipeline(self._ours, lambda _: found).run([Frame("", 0, None, picture)]))
        yield "ours", everyone(ours, LEAST_PERSON, None)
        yield "ours, scored as the peers", _once(ours)
        for name, run in self.networks.items():
            joints = np.array([run(picture, box) for box in raw.boxes]).reshape(-1, len(COCO), 3)
            yield name, _once(Poses(COCO, joints[..., :2], joints[..., 2], raw.boxes, box_scores=raw.scores))


def _once(poses: Poses) -> Poses:
    """Everyone once, scored as MMPose has it."""
    assert poses.box_scores is not None
    sure = poses.scores >= FLOOR
    joints = (poses.scores * sure).sum(1) / np.maximum(sure.sum(1), 1)
    return everyone(replace(poses, person_scores=poses.box_scores * joints), LEAST_PERSON, None)


def _of_pictures(said: dict[str, Any]) -> dict[str, Any]:
    """The file with the annotations of its pictures alone."""
    seen = {image["id"] for image in said["images"]}
    return {**said, "annotations": [row for row in said["annotations"] if row["image_id"] in seen]}


def measured(truth: dict[str, Any], rows: list[Any]) -> dict[str, float]:
    """AP and AR by COCO's own counting."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "truth.json"
        file.write_text(json.dumps(truth))
        found = average_precision.of_file(file, [1], rows, oks.sigmas(COCO))
    return {name: found[name] for name in ("AP", "AP50", "AP medium", "AP large", "AR")}


def checked(run: Network, root: Path, count: int) -> dict[str, float]:
    """The share of OKS .50-.95 and PDJ@0.2 of so many people from their labelled boxes."""
    labels = root / "coco/people-test.json"
    people = [a for a in read_coco(labels, "test").annotations if a.labelled.sum() >= oks.SHARE_LEAST]
    people = people[:: max(1, len(people) // count)][:count]
    found = np.array([run(read_image(a.image), a.box) for a in tqdm(people, file=sys.stderr)])
    truth, labelled = np.array([a.joints for a in people]), np.array([a.labelled for a in people])
    area = np.array([a.area for a in people], np.float64)
    told = oks.share(truth, labelled, found[..., :2], COCO, area)
    return {"people": told.people, "share": round(told.value, 3), "pdj": round(told.pdj or 0, 3)}


if __name__ == "__main__":
    main()
