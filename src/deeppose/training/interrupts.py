"""Ctrl-C and SIGTERM in a training: the step in hand is finished and saved, then the run ends; nothing is lost.

Outside the loop of steps (reading, observing, calibrating), where what there is has been saved, a signal ends at once.
"""

from __future__ import annotations

import time

from deeppose.signals import Listener

SAVE_SECONDS = 45.0
"""Between two checkpoints: what a power cut may cost."""


class Interrupted(KeyboardInterrupt):  # a kind of KeyboardInterrupt, not an error
    """A run was told to stop, and what it had done is saved.

    Attributes:
        signum: the signal, whose number + 128 is the exit status.
    """

    def __init__(self, signum: int, where: str = "") -> None:
        super().__init__(where)
        self.signum = signum


class Guard(Listener):
    """While entered, signals wait for the end of a step; says when to save.

    Args:
        seconds: between two checkpoints.
    """

    def __init__(self, seconds: float = SAVE_SECONDS) -> None:
        super().__init__(self._heard)
        self.seconds, self.signum = seconds, 0
        self._saved = time.monotonic()
        self._stepping = False

    def _heard(self, signum: int) -> None:
        if not self._stepping or self.signum:
            raise Interrupted(signum)
        self.signum = signum

    def stepping(self, on: bool) -> None:
        """Whether steps run now, after each of which `due` is asked."""
        self._stepping = on

    def due(self) -> bool:
        """Whether it is time to save."""
        return bool(self.signum) or time.monotonic() - self._saved >= self.seconds

    def saved(self, where: str) -> None:
        """A checkpoint was written; end the run if it was told to stop.

        Raises:
            Interrupted: it was.
        """
        self._saved = time.monotonic()
        if self.signum:
            raise Interrupted(self.signum, where)
