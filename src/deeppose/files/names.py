"""Foreign names and texts: of files below a folder, for a terminal, for a table's cell."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from deeppose.errors import DataError

_OUTSIDE: ContextVar[bool] = ContextVar("outside", default=False)


@contextlib.contextmanager
def allowing_outside(allowed: bool = True) -> Iterator[None]:
    """While this lasts, data sets may name files outside their folders."""
    token = _OUTSIDE.set(allowed)
    try:
        yield
    finally:
        _OUTSIDE.reset(token)


def below(folder: Path, name: str) -> Path:
    """The file that a data set names, which lies below its folder. Links inside the folder may lead anywhere.

    Raises:
        DataError: the name leads out of the folder, or cannot be a file's.
    """
    outside = _leads_out(folder, name)
    if not name or "\0" in name or (outside and not _OUTSIDE.get()):
        raise DataError(
            f"{folder}: the data set names {printable(repr(name))}, which is not below this folder; "
            "allow that with --allow-outside if you trust the file"
        )
    return folder / name


def _leads_out(folder: Path, name: str) -> bool:
    """By its spelling: it begins with the parent's name, or is absolute and does not begin with the folder."""
    plain = os.path.normpath(name)
    if os.path.isabs(name):
        return ".." in Path(name).parts or not Path(plain).is_relative_to(os.path.abspath(folder))
    return plain.split(os.sep)[0] == ".."


def cell(text: str) -> str:
    """Text for a cell of a table that no spreadsheet takes for a formula: a quote goes before = + - @ and controls.

    >>> cell("=1+1.jpg"), cell("a.jpg")
    ("'=1+1.jpg", 'a.jpg')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def printable(text: object) -> str:
    r"""Foreign text (file names, joint names, what a file says) for a terminal: what would steer it is spelt out.

    >>> printable("a\x1b[2Jb.jpg"), printable("b\u202eGPJ.exe"), printable("Ünïcode 人.jpg")
    ('a\\x1b[2Jb.jpg', 'b\\u202eGPJ.exe', 'Ünïcode 人.jpg')
    """
    return "".join(c if c.isprintable() or c == " " else _spelt(c) for c in str(text))


def _spelt(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
