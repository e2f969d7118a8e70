"""Numbers in README, docs and model cards that differ from benchmarks/results; with --write they are put right.

    python benchmarks/documents/run.py [--write]

After the benchmarks of new weights this brings every table up to date. Words around the numbers are for people to read
again. Exit code 1 if anything differs and is not written.
"""

from __future__ import annotations

import argparse
import difflib
import sys

from claims import ROOT, differing


def main() -> int:
    """Print the differences, or write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the results' numbers into the documents")
    write = parser.parse_args().write
    found = differing()
    for document, (text, true) in found.items():
        lines = difflib.unified_diff(
            text.splitlines(), true.splitlines(), document, "results", lineterm="", n=0
        )
        print(*lines, sep="\n")
        if write:
            (ROOT / document).write_text(true)
    return int(bool(found) and not write)


if __name__ == "__main__":
    sys.exit(main())
