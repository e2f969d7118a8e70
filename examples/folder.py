"""Pictures, folders or videos through one pipeline, a frame at a time: python examples/folder.py [INPUT]."""

import sys
from pathlib import Path

import deeppose
from deeppose.inference.finders import default
from deeppose.inference.pipeline import Pipeline
from deeppose.stream.sources import sources

inputs = sys.argv[1:] or [str(Path(deeppose.__file__).parent / "assets")]
pipeline = Pipeline(deeppose.load(), default())
for source in sources(inputs):
    for frame, poses in pipeline.run(source.frames()):
        for person in poses:
            likely = (person.scores > 0.5).sum()
            print(
                f"{Path(frame.source).name} frame {frame.index}: {likely} of {len(person.scores)} joints likely right"
            )
