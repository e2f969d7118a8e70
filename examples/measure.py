"""PDJ and strict PCP (section 4.1) of predictions of your own, on arrays; here of the truth moved by 8 pixels."""

import json
from pathlib import Path

import numpy as np

import deeppose
from deeppose.evaluation import limbs
from deeppose.evaluation.joints import pdj
from deeppose.skeleton import LSP

labels = json.loads((Path(deeppose.__file__).parent / "assets" / "acrobats.json").read_text())
truth = np.array(
    [[person["joints"][joint] for joint in LSP.joints] for person in labels.values()]
)  # (N, K, 2)
labelled = np.ones(truth.shape[:2], bool)
predicted = truth + np.random.default_rng(0).normal(0, 8, truth.shape)

shares = pdj(truth, labelled, predicted, LSP, np.array([0.1, 0.2])).mean()
sticks = limbs.pcp(truth, labelled, predicted, LSP)
print(f"PDJ@0.1 {shares[0]:.3f}  PDJ@0.2 {shares[1]:.3f}  strict PCP {limbs.mean_of_kinds(sticks, LSP):.3f}")
