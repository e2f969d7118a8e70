"""psi layer by layer as section 3.1 prints it, and the compact network's promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from deeppose.errors import ConfigError, ModelError
from deeppose.model import network
from deeppose.model.compact import CompactNet, count
from deeppose.model.mobilenet import MobileNetV2
from deeppose.model.network import DeepPoseNet, LocalResponseNorm
from deeppose.training.starts import trunk as starts
from deeppose.training.starts.convolutions import read_convolutions
from deeppose.training.starts.trunk import load_trunk


@pytest.fixture(scope="module")
def paper_net():
    return DeepPoseNet(14).eval()


def test_every_map_of_the_paper(paper_net):
    """C(55x55x96)-LRN-P-C(27x27x256)-LRN-P-C(13x13x384)-C(13x13x384)-C(13x13x256)-P-F(4096)-F(4096)-2k."""
    seen = []
    x = torch.zeros(1, 3, 220, 220)
    for layer in paper_net.features:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            seen.append((x.shape[3], x.shape[2], x.shape[1]))
    assert seen == [(55, 55, 96), (27, 27, 256), (13, 13, 384), (13, 13, 384), (13, 13, 256)]
    assert x.shape == (1, 256, 6, 6)
    assert [m.out_features for m in paper_net.regressor if isinstance(m, nn.Linear)] == [4096, 4096, 28]


def test_parameter_count_written_out(paper_net):
    """(k^2 c_in + 1) c_out of each convolution and (n_in + 1) n_out of each F layer: 58.4 M, not about 40M."""
    convolutions = [(11, 3, 96), (5, 96, 256), (3, 256, 384), (3, 384, 384), (3, 384, 256)]
    full = [(6 * 6 * 256, 4096), (4096, 4096), (4096, 28)]
    expected = sum((k * k * i + 1) * o for k, i, o in convolutions) + sum((i + 1) * o for i, o in full)
    assert sum(p.numel() for p in paper_net.parameters()) == expected == 58_396_060


@pytest.mark.parametrize("size", [55, 110, 165, 220])
def test_narrower_members_have_the_papers_maps(size):
    net = DeepPoseNet(14, width=0.25, input_size=size).eval()
    seen, x = [], torch.zeros(1, 3, size, size)
    for layer in net.features:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            seen.append(tuple(x.shape[1:3]))
    assert seen == [(24, 55), (64, 27), (96, 13), (96, 13), (64, 13)]
    assert x.shape == (1, 64, 6, 6)
    assert net(torch.zeros(2, 3, size, size)).pose.shape == (2, 14, 2)


def test_a_quarters_parameters_written_out():
    filters = [(5, 3, 24), (5, 24, 64), (3, 64, 96), (3, 96, 96), (3, 96, 64)]
    full = [(6 * 6 * 64, 1024), (1024, 1024), (1024, 28)]
    expected = sum((k * k * i + 1) * o for k, i, o in filters) + sum((i + 1) * o for i, o in full)
    net = DeepPoseNet(14, width=0.25, input_size=110)
    assert sum(p.numel() for p in net.parameters()) == expected == 3_672_700


def test_the_printed_network_is_the_family_at_width_one():
    """Bit for bit: one seed gives the layers that the printed sizes gave, first filter 11, stride 4."""
    torch.manual_seed(0)
    net = DeepPoseNet(2, width=1.0, input_size=220)
    torch.manual_seed(0)
    first = nn.Conv2d(3, 96, 11, stride=4)
    torch.manual_seed(0)
    again = DeepPoseNet(2)
    assert net.features[1].weight.shape == first.weight.shape
    assert net.features[1].stride == (4, 4)
    assert net.features[0].padding == (3, 4, 3, 4)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize(
    ("option", "words"), [({"input_size": 128}, "multiple of 55"), ({"width": 0.001}, "no channels")]
)
def test_sizes_outside_the_family_are_refused(option, words):
    with pytest.raises(ConfigError, match=words):
        DeepPoseNet(14, **option)


def test_dropout_is_the_probability_of_dropping(paper_net):
    assert [m.p for m in paper_net.modules() if isinstance(m, nn.Dropout)] == [0.6, 0.6]


def test_lrn_equals_torchs_own():
    x = torch.randn(2, 12, 5, 5) * 20
    theirs = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)  # torch divides alpha by n = 5
    assert torch.allclose(LocalResponseNorm()(x), theirs(x), atol=1e-5)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_lrn_learns_as_torchs_own(precision):
    theirs = nn.LocalResponseNorm(5, alpha=0.5, beta=0.75, k=2.0)
    start, upstream = 5 * torch.randn(2, 12, 6, 7), torch.randn(2, 12, 6, 7)
    gradients = []
    for module in (theirs, LocalResponseNorm(alpha=0.1)):
        x = start.clone().requires_grad_()
        with torch.autocast("cpu", precision, enabled=precision != torch.float32):
            module(x).backward(upstream)
        gradients.append(x.grad)
    assert torch.allclose(*gradients, atol=1e-5 if precision == torch.float32 else 2e-2)


@pytest.mark.parametrize(("size", "deep"), [(128, True), (96, True), (64, False), (48, False)])
def test_compact_has_the_same_interface(size, deep):
    output = CompactNet(14, size, deep, width=16)(torch.zeros(2, 3, size, size))
    assert output.pose.shape == (2, 14, 2)
    assert output.log_scale is not None
    assert output.log_scale.shape == (2, 14, 2)


def test_a_vote_may_lie_outside_its_crop():
    """Truth often lies outside a joint box, so a regressor must be able to say so."""
    net = CompactNet(2, 64, deep=False, width=8).eval()
    with torch.no_grad():
        net.votes.bias.view(2, 5)[:, 1:3] = 3.0
    assert (net(torch.zeros(1, 3, 64, 64)).pose > 1).all()


def test_votes_are_the_softmax_weighted_mean_by_a_plain_loop():
    votes = torch.randn(1, 10, 3, 3).double()
    pose = count(votes).pose[0]
    for k in range(2):
        weights = [float(votes[0, 5 * k, r, c].exp()) for r in range(3) for c in range(3)]
        xs = [(c + 0.5) / 3 - 0.5 + float(votes[0, 5 * k + 1, r, c]) for r in range(3) for c in range(3)]
        expected = sum(w * x for w, x in zip(weights, xs, strict=True)) / sum(weights)
        assert float(pose[k, 0]) == pytest.approx(expected, rel=1e-4)


def test_frozen_blocks_neither_train_nor_drift():
    trunk = MobileNetV2(deep=False)
    trunk.freeze(2)
    before = {k: v.clone() for k, v in trunk.state_dict().items()}
    trunk.train()
    sum(m.sum() for m in trunk(torch.randn(2, 3, 64, 64))).backward()
    after = trunk.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before if k.startswith(("blocks.0", "blocks.1.")))
    assert any(not torch.equal(before[k], after[k]) for k in before if k.startswith("blocks.5."))
    assert all(p.grad is None for p in trunk.blocks[:2].parameters())


def test_an_unknown_network_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'compact'"):
        network.build("compakt", 14)


def test_missing_trunk_weights_are_named(tmp_path):
    with pytest.raises(ModelError, match=r"none\.tflite: no such file"):
        load_trunk(MobileNetV2(), tmp_path / "none.tflite", torch.zeros(1, 3, 64, 64))


def test_a_pose_network_s_side_branches_are_passed_over(tmp_path, monkeypatch):
    """MoveNet's file holds, among the trunk's convolutions, one lateral after the blocks of 24, 32 and 64 channels."""
    torch.manual_seed(0)
    trunk = MobileNetV2()
    shapes = [tuple(m.weight.shape) for m in trunk.modules() if isinstance(m, nn.Conv2d)]
    plain = [
        (np.random.default_rng(i).normal(size=s).astype("f4"), np.zeros(s[0], "f4"))
        for i, s in enumerate(shapes)
    ]
    branched = list(plain)
    for after, width in ((33, 64), (20, 32), (9, 24)):
        branched.insert(after, (np.ones((width, width, 1, 1), "f4"), np.ones(width, "f4")))
    sample, kept = torch.rand(2, 3, 64, 64), {}
    for name, convolutions in (("plain", plain), ("branched", branched)):
        monkeypatch.setattr(starts, "read_convolutions", lambda _, found=convolutions: found)
        load_trunk(trunk, tmp_path, sample)
        kept[name] = [m.weight.detach().clone() for m in trunk.modules() if isinstance(m, nn.Conv2d)]
    assert all(torch.equal(a, b) for a, b in zip(kept["plain"], kept["branched"], strict=True))
    assert all(np.array_equal(a, w) for a, (w, _) in zip(kept["branched"], plain, strict=True))
    monkeypatch.setattr(starts, "read_convolutions", lambda _: plain[:-1])
    with pytest.raises(ModelError, match=r"no layer of shape \(320, 960, 1, 1\)"):
        load_trunk(trunk, tmp_path, sample)


@pytest.mark.realdata
def test_imagenet_weights_know_a_cat(data_root):
    """The trunk, its restored batch norm and the file's own classifier recognise scikit-image's cat."""
    import cv2
    from skimage.data import chelsea

    path = data_root.parent / "weights" / "tf2_mobilenet_v2_1.0_224_ptq.tflite"
    cat = torch.from_numpy(cv2.resize(chelsea(), (224, 224), interpolation=cv2.INTER_AREA))
    pixels = cat.permute(2, 0, 1)[None].float() / 127.5 - 1
    trunk = MobileNetV2()
    load_trunk(trunk, path, pixels)
    head, classifier = ((torch.from_numpy(w), torch.from_numpy(b)) for w, b in read_convolutions(path)[-2:])
    with torch.no_grad():
        features = nn.functional.relu6(nn.functional.conv2d(trunk(pixels)[0], *head)).mean((2, 3))
        probabilities = (features @ classifier[0][:, :, 0, 0].T + classifier[1]).softmax(-1)[0]
    cats = slice(282, 287)  # tabby, tiger, Persian, Siamese, Egyptian; background is class 0
    assert probabilities[cats].sum() > 0.7
