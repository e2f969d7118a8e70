"""Report what is wrong with a data set: one HTML page, or JSON."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from deeppose.commands.options import add_dataset, add_outside, add_pixels

if TYPE_CHECKING:
    from deeppose.data.doctor import Report


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_dataset(parser)
    parser.add_argument(
        "path", metavar="PATH", type=Path, help="the data set's folder, or the folder that holds it"
    )
    parser.add_argument("--labels", type=Path, help="lsp-oc: its file of labels, where it lies elsewhere")
    add_outside(parser)
    add_pixels(parser)
    parser.add_argument(
        "--out", type=Path, help="the page to write (doctor-DATASET.html; none with --json alone)"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Examine, write the page, print the findings."""
    import json

    from deeppose.data.datasets import read_splits
    from deeppose.data.doctor import examine

    datasets, problems = read_splits(args.dataset, args.path, args.labels)
    report = examine(datasets)
    out = args.out or (None if args.json else Path(f"doctor-{args.dataset}.html"))
    if out:
        _write(out, report)
    if args.json:
        print(json.dumps(report.to_json() | {"unread_splits": problems}, indent=1))
    else:
        _print(report, problems)
        print(f"page: {out}")
    return 0


def _write(out: Path, report: Report) -> None:
    from deeppose.files import make, write
    from deeppose.show.doctor import render

    make(out.parent)
    write(out, render(report))


def _print(report: Report, problems: dict[str, str]) -> None:
    for split, problem in problems.items():
        print(f"{'':7}  split {split} not examined: {problem}")
    for found in report.findings:
        of = f"of {found.total:,} {found.unit}" if found.total else "(no data)"
        print(f"{found.level:7}  {found.title}: {found.count:,} {of}")
