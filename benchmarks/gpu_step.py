"""How fast stage 1 of the paper's 58 M network trains on a GPU, crops included, beside the card's matmul rate.

    python benchmarks/gpu_step.py [--people 4000]

Random pixels stand in for pictures: the store, the crop, the network and Adagrad are the ones training uses. The
rate is set beside the matrix-product rate measured on the same card in the same run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import torch

from deeppose.data.store import Store
from deeppose.model.cascade import Cascade
from deeppose.training import examples, loop, recipes
from deeppose.training.launch import launch


def people(count: int) -> Store:
    """Random pixels and poses in the store's layout."""
    boxes = torch.tensor([128.0, 128.0, 150.0, 180.0]).repeat(count, 1)
    joints = torch.rand(count, 14, 2) * 150 + 50
    pixels = torch.randint(0, 256, (count, 256, 256, 3), dtype=torch.uint8)
    labelled = torch.ones(count, 14, dtype=torch.bool)
    origins, scales, sources = torch.zeros(count, 2), torch.ones(count), torch.zeros(count, dtype=torch.long)
    return Store(pixels, joints, labelled, labelled, boxes, origins, scales, sources)


def seconds(function: Callable[[int], object], repeats: int, device: torch.device) -> float:
    """Mean over `repeats` calls, after ten to warm up."""
    for i in range(10):
        function(i)
    torch.cuda.synchronize() if device.type == "cuda" else None
    began = time.perf_counter()
    for i in range(repeats):
        function(i)
    torch.cuda.synchronize() if device.type == "cuda" else None
    return (time.perf_counter() - began) / repeats


def multiply_adds(psi: torch.nn.Module) -> float:
    """Multiply-adds of one forward pass."""
    total = 0.0

    def count(module: torch.nn.Module, _inputs: object, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(module, torch.nn.Conv2d):
            total += output[0].numel() * module.weight[0].numel()
        if isinstance(module, torch.nn.Linear):
            total += module.weight.numel()

    hooks = [m.register_forward_hook(count) for m in psi.modules()]
    psi(torch.zeros(1, 3, 220, 220, device=next(psi.parameters()).device))
    for hook in hooks:
        hook.remove()
    return total


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    fabric = launch()
    device = fabric.device
    torch.backends.cudnn.benchmark = True
    recipe = recipes.get("lsp-paper")
    cascade = Cascade(recipe.cascade()).to(device)
    settings = recipe.stages[0]
    flops = 3 * 2 * multiply_adds(cascade.stages[0])
    fit = loop.start(cascade.stages[0], settings)
    psi, optimizer = fabric.setup(fit.psi, fit.optimizer)
    batch = examples.batches(cascade, 0, recipe, people(args.people).to(device), None)
    step = seconds(lambda i: loop._update(fabric, psi, optimizer, batch(i), "l2"), args.steps, device)
    side = 8192 if device.type == "cuda" else 1024
    a = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    product = seconds(lambda _i: a @ a, 20, device)
    rate, peak = settings.batch / step, 2 * side**3 / product
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(json.dumps({
        "device": name, "samples_a_second": rate, "tflops": rate * flops / 1e12, "matmul_tflops": peak / 1e12,
        "share_of_matmul_rate": rate * flops / peak,
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
