"""A skeleton as files hold it: in a model's metadata, a checkpoint, a recipe. Joints go by name, for people to edit.

```json
{"name": "pen", "joints": ["tip", "left_clip", "right_clip"], "edges": [["tip", "left_clip"], ["tip", "right_clip"]],
 "mirror": [["left_clip", "right_clip"]], "limbs": [{"kind": "tip-clip", "from": ["tip"], "to": ["left_clip"]}],
 "diameter": [["tip", "left_clip"]], "share": 0.9, "turned": []}
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deeppose import skeleton as known
from deeppose.errors import DataError
from deeppose.skeleton import Limb, Skeleton

Pairs = tuple[tuple[int, int], ...]


def to_json(skeleton: Skeleton) -> dict[str, Any]:
    """Everything a skeleton is, as JSON holds it."""
    names = skeleton.joints
    turned = [names[k] for k in skeleton.turned]
    return {
        "name": skeleton.name,
        "joints": list(names),
        "edges": [[names[a], names[b]] for a, b in skeleton.edges],
        "mirror": [[names[a], names[b]] for a, b in enumerate(skeleton.mirror) if a < b],
        "limbs": [
            {"kind": limb.kind, "from": [names[k] for k in limb.start], "to": [names[k] for k in limb.end]}
            for limb in skeleton.limbs
        ],
        "diameter": [[names[a], names[b]] for a, b in skeleton.torso],
        "share": skeleton.share,
        "turned": [] if turned == list(names) else turned,
    }


def from_json(said: object) -> Skeleton:
    """The skeleton that `to_json` wrote, or a known one by its name.

    Raises:
        DataError: it says too little or contradicts itself: which entry, and what is wrong with it.
        ConfigError: an unknown name, or a joint that is not among the joints, naming the nearest.
    """
    if isinstance(said, str):
        return known.get(said)
    if not isinstance(said, Mapping):
        raise DataError(f"a skeleton is a name or a table of joints, not {said!r}")
    name, joints = str(said.get("name", "own")), _names(said.get("joints"))
    bare = Skeleton(name, joints, (), (), ())
    mirror = _mirror(bare, said["mirror"]) if "mirror" in said else ()
    limbs = _limbs(bare, said["limbs"]) if "limbs" in said else ()
    turned = tuple(bare.index(str(j)) for j in said.get("turned") or ())
    if sorted(turned) not in ([], list(range(len(joints)))):
        raise DataError(f"skeleton {name}: 'turned' must name every joint once")
    edges, torso = (_pairs(bare, key, said.get(key) or ()) for key in ("edges", "diameter"))
    return Skeleton(name, joints, limbs, edges, torso, turned, mirror, _share(name, said))


def _names(joints: object) -> tuple[str, ...]:
    if not isinstance(joints, Sequence) or isinstance(joints, str) or not joints:
        raise DataError(f"a skeleton needs a list of joints' names, not {joints!r}")
    names = tuple(str(j) for j in joints)
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DataError(f"a skeleton has two joints of one name: {', '.join(twice)}")
    return names


def _share(name: str, said: Mapping[str, Any]) -> float:
    share = said.get("share", known.BODY_SHARE)
    if not isinstance(share, (int, float)) or not 0 < share <= 2:
        raise DataError(f"skeleton {name}: 'share' is a number above 0, at most 2, not {share!r}")
    return float(share)


def _pairs(bare: Skeleton, key: str, said: Iterable[Any]) -> Pairs:
    """Pairs of indices from pairs of names."""
    found = []
    for pair in said:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1]:
            raise DataError(f"skeleton {bare.name}: {key!r} holds pairs of two joints, not {pair!r}")
        found.append((bare.index(str(pair[0])), bare.index(str(pair[1]))))
    return tuple(found)


def _mirror(bare: Skeleton, said: Iterable[Any]) -> tuple[int, ...]:
    return mirror_of(bare, _pairs(bare, "mirror", said))


def mirror_of(bare: Skeleton, pairs: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """For every joint the index of its mirror image, from pairs declared; all others are on the midline.

    Raises:
        DataError: a joint stands in two pairs.
    """
    order = list(range(len(bare)))
    for a, b in pairs:
        for joint in (a, b):
            if order[joint] != joint:
                raise DataError(
                    f"skeleton {bare.name}: {bare.joints[joint]} stands in two mirror pairs; leave one of them"
                )
        order[a], order[b] = b, a
    return tuple(order)


def _limbs(bare: Skeleton, said: Iterable[Any]) -> tuple[Limb, ...]:
    try:
        return tuple(
            Limb(str(limb["kind"]), _end(bare, limb["from"]), _end(bare, limb["to"])) for limb in said
        )
    except (KeyError, TypeError) as error:
        raise DataError(
            f"skeleton {bare.name}: a limb is {{kind, from: [joints], to: [joints]}}: {error!r}"
        ) from error


def _end(bare: Skeleton, names: Iterable[Any]) -> tuple[int, ...]:
    return tuple(bare.index(str(joint)) for joint in names)
