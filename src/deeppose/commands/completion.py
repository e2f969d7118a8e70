"""Print the completion of this command line for a shell: `deeppose completion bash > FILE`, then source FILE."""

from __future__ import annotations

import argparse

SHELLS = ("bash", "zsh", "tcsh")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=SHELLS)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    print(shtab.complete(args.whole, args.shell))
    return 0
