"""`python -m deeppose`: the same as `deeppose`."""

from deeppose.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
