"""Calling a library on a foreign file in a process of its own: its crash is then an answer, not our end.

SciPy and OpenCV die of a few damaged files (a signal, no exception), or take memory without end. The child has a limit
of memory and time; what it returns comes back pickled.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

MEMORY = 3 * 2**30
"""Bytes that a child may take beyond what it starts with."""

SECONDS = 300.0
"""How long a child may take."""


class FailedError(Exception):
    """The child died, was refused memory, took too long, or raised; says which."""


def call(function: Callable[..., Any], *args: Any, memory: int = MEMORY, seconds: float = SECONDS) -> Any:
    """What `function(*args)` returns, computed in a child; in this process where the system cannot fork.

    Raises:
        FailedError: with the reason.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return _here(function, args)
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(
        target=_child, args=(there, memory, function, args), daemon=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of forking beside threads; the child needs none of them
        child.start()
    there.close()
    try:
        return _answer(here, child, seconds)
    finally:
        here.close()
        if child.is_alive():
            child.kill()
        child.join()


def _here(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return function(*args)
    except Exception as error:
        raise FailedError(str(error) or type(error).__name__) from error


def _answer(here: Connection, child: Any, seconds: float) -> Any:
    try:
        if not here.poll(seconds):
            raise FailedError(f"it took longer than {seconds:g} seconds")
        value, problem = here.recv()
    except EOFError:
        child.join()
        code = child.exitcode or 0
        name = signal.Signals(-code).name if code < 0 else f"code {code}"
        raise FailedError(f"the library that reads it crashed ({name})") from None
    if problem is not None:
        raise FailedError(problem)
    return value


def _child(there: Connection, memory: int, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    import faulthandler

    faulthandler.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what a dying library prints is not ours to say
    _limit(memory)
    try:
        answer: tuple[Any, str | None] = (function(*args), None)
    except MemoryError:
        answer = (None, f"it needs more than {memory / 2**30:g} GB of memory")
    except BaseException as error:
        answer = (None, str(error) or type(error).__name__)
    there.send(answer)
    there.close()
    os._exit(0)


def _limit(memory: int) -> None:
    """So many bytes more than are in use now; Linux alone says how many these are."""
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm") as file:
            most = int(file.read().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
