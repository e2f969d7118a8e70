"""Serve poses over HTTP, and the page that finds them in a browser: within limits, on this machine alone by default."""

from __future__ import annotations

import argparse
import sys

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="default: 8000; 0 for any free one")
    parser.add_argument(
        "--model", action="append", default=[], metavar="FILE",
        help="an exported .onnx, or the name of weights that ship; repeat it for several (default: all that ship)",
    )  # fmt: skip
    parser.add_argument("--detector", metavar="FILE", help="who finds people, as of predict")
    parser.add_argument("--threads", type=int, help="CPU threads of a worker (default: one a core)")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes, each with its own models (default: 1)"
    )
    parser.add_argument("--no-page", action="store_true", help="the API alone, without the page")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="URL",
        help="a site whose pages may call the API",
    )
    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--max-bytes", type=int, default=20_000_000, metavar="N", help="of a body (default: 20 MB)"
    )
    limits.add_argument(
        "--max-pixels", type=int, default=50_000_000, metavar="N", help="of a picture (default: 50 million)"
    )
    limits.add_argument("--max-people", type=int, default=32, metavar="N", help="of a picture (default: 32)")
    limits.add_argument(
        "--max-batch", type=int, default=16, metavar="N", help="pictures a request (default: 16)"
    )
    limits.add_argument(
        "--queue", type=int, default=16, metavar="N", help="requests that may wait (default: 16)"
    )
    limits.add_argument(
        "--connections", type=int, default=64, metavar="N", help="requests under way at all (default: 64)"
    )
    limits.add_argument(
        "--deadline", type=float, default=30.0, metavar="S", help="seconds until an answer (default: 30)"
    )
    limits.add_argument(
        "--patience", type=float, default=10.0, metavar="S", help="seconds for a client to send (default: 10)"
    )
    limits.add_argument(
        "--drain", type=float, default=30.0, metavar="S", help="seconds to finish when stopped (default: 30)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from deeppose.errors import ConfigError

    try:
        from deeppose.serving import launch
        from deeppose.serving.settings import KEY_VARIABLE, Settings
    except ImportError as error:
        raise ConfigError(f"the server needs {error.name}: pip install 'deeppose[serve]'") from error
    names = ("max_bytes", "max_pixels", "max_people", "max_batch", "queue", "connections")
    values = {name: getattr(args, name) for name in (*names, "deadline", "patience", "drain")}
    settings = Settings(
        tuple(args.model), args.detector, args.threads, None, tuple(args.allow_origin), **values
    )
    if args.host not in LOOPBACK and not launch.guarded():
        print(
            f"deeppose: {args.host} is open to others and no key is asked for; set {KEY_VARIABLE}",
            file=sys.stderr,
        )
    launch.serve(settings, args.host, args.port, args.workers, not args.no_page)
    return 0
