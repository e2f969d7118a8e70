"""The page's runtime, ONNX Runtime Web: taken from the npm registry's tarball when a wheel is built, never committed.

Standard library only: `setup.py` runs this before anything is installed.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path

from deeppose.errors import ConfigError
from deeppose.files import make, write

VERSION = "1.30.0"
NAME = f"onnxruntime-web-{VERSION}.tgz"
URL = f"https://registry.npmjs.org/onnxruntime-web/-/{NAME}"
SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"

FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort.jspi.min.mjs",
    "ort-wasm-simd-threaded.jspi.mjs",
    "ort-wasm-simd-threaded.jspi.wasm",
)
"""On the processor the first three; with WebGPU the other three. A browser loads one or the other."""

FOLDER = Path(__file__).parent / "page" / "runtime"
"""Where they lie in the package."""

REMEDY = (
    f"fetch them once with `deeppose page --fetch`, or download {URL} elsewhere and name it: "
    f"`deeppose page --runtime {NAME}`"
)


def missing(folder: Path = FOLDER) -> tuple[str, ...]:
    """Which of `FILES` are not there."""
    return tuple(name for name in FILES if not (folder / name).is_file())


def require(folder: Path = FOLDER) -> None:
    """Do nothing where the runtime is there.

    Raises:
        ConfigError: it is not; says how to get it.
    """
    if lacking := missing(folder):
        raise ConfigError(f"{folder}: the page's runtime lacks {', '.join(lacking)}; {REMEDY}")


def fetch(folder: Path = FOLDER, timeout: float = 60.0) -> None:
    """Download the pinned tarball, check it, and put `FILES` into a folder.

    Raises:
        ConfigError: no connection, or not the bytes that are pinned; says what to do.
    """
    try:
        with urllib.request.urlopen(URL, timeout=timeout) as answer:
            content = answer.read()
    except OSError as error:
        raise ConfigError(f"{URL}: cannot be fetched: {error}; {REMEDY}") from error
    unpack(content, URL, folder)


def from_file(tarball: Path, folder: Path = FOLDER) -> None:
    """Put `FILES` into a folder from a tarball downloaded elsewhere.

    Raises:
        ConfigError: it cannot be read, or is not the tarball that is pinned.
    """
    try:
        content = tarball.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{tarball}: cannot be read: {error.strerror}; it is what {URL} downloads"
        ) from error
    unpack(content, str(tarball), folder)


def unpack(content: bytes, source: str, folder: Path, sha256: str = SHA256) -> None:
    """Check a tarball's bytes and write its `dist/` files of `FILES`.

    Raises:
        ConfigError: the bytes are not the pinned ones, or the folder cannot be written.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ConfigError(f"{source}: its SHA-256 is {found}, not {sha256}; nothing was unpacked; {REMEDY}")
    make(folder)
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for name in FILES:
            member = tar.extractfile(f"package/dist/{name}")
            assert member is not None
            write(folder / name, member.read())
