"""Files: written whole under a temporary name and then renamed, read as what they claim to be, locked, named safely."""

from deeppose.files.names import allowing_outside, below, cell, printable
from deeppose.files.reading import Id, Record, read_bytes, read_json
from deeppose.files.writing import hold, lock, make, write

__all__ = [
    "Id", "Record", "allowing_outside", "below", "cell", "hold", "lock", "make", "printable", "read_bytes",
    "read_json", "write",
]  # fmt: skip
