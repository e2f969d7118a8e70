"""SLEAP's labels, and whatever else sleap-io reads, as COCO keypoints; needs sleap-io (extra `sleap`)."""

from __future__ import annotations

from pathlib import Path

from deeppose.data.own.entries import Labels, Pictures
from deeppose.errors import DataError
from deeppose.skeleton import from_edges
from deeppose.types import Floats


def read(file: Path, images: Path | None, category: str | None) -> Labels:
    """A .slp file whose frames are picture files; frames inside videos or the file are to be exported first.

    Raises:
        DataError: it cannot be read, or its frames are not picture files.
    """
    del category
    import numpy as np
    import sleap_io

    try:
        said = sleap_io.load_file(str(file))
    except Exception as error:  # its readers raise whatever their libraries do
        raise DataError(f"{file}: sleap-io cannot read it: {error}") from error
    skeleton = said.skeletons[0]
    labels = Labels(
        file, from_edges(str(skeleton.name or "own"), list(skeleton.node_names), list(skeleton.edge_inds))
    )
    pictures = Pictures(images, file.parent)
    for frame in said.labeled_frames:
        names = frame.video.filename
        if not isinstance(names, list):
            raise DataError(
                f"{file}: its frames lie in {names}; export the labelled frames as pictures first"
            )
        name = str(names[frame.frame_idx])
        picture = pictures.find(name)
        for instance in frame.instances:
            points: Floats = np.asarray(instance.numpy(), np.float64)
            rows = np.concatenate([points + 0.5, np.full((len(points), 1), 2.0)], axis=1)
            if picture is None:
                labels.drop(f"frame {frame.frame_idx}", f"picture {name} was not found")
            else:
                labels.add(f"frame {frame.frame_idx}", picture, rows, group=str(Path(name).parent))
    return labels
