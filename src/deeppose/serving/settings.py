"""What a server may be asked for, and how much of it: every limit in one place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from deeppose.errors import ConfigError

VARIABLE = "DEEPPOSE_SERVE"
"""The environment variable that hands the settings to worker processes."""

KEY_VARIABLE = "DEEPPOSE_API_KEY"
"""Where the API key comes from: never from the command line, which every user of the machine can read."""


@dataclass(frozen=True)
class Settings:
    """Limits and choices of one server.

    Attributes:
        models: names of weights that ship, or files; the first is the default.
        detector: as of `finders.named`; None for the finder that `deeppose predict` uses.
        threads: CPU threads of the models; None for one a physical core.
        page: a folder made by `folder.build`, or None for the API alone.
        origins: other sites whose pages may call the API (CORS); none by default.
        max_bytes: of a request's body.
        max_pixels: of a picture, known from its header before it is decoded.
        max_people: of a picture.
        max_batch: pictures of one request.
        queue: requests that may wait; one more is refused with 503.
        connections: requests that may be under way at all, those still being sent included.
        deadline: seconds from the body's arrival to the answer; 504 after that.
        patience: seconds a client may take to send its headers, and again its body; 408 after that.
        drain: seconds that requests under way get when the server is told to stop.
    """

    models: tuple[str, ...] = ()
    detector: str | None = None
    threads: int | None = None
    page: str | None = None
    origins: tuple[str, ...] = ()
    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    max_people: int = 32
    max_batch: int = 16
    queue: int = 16
    connections: int = 64
    deadline: float = 30.0
    patience: float = 10.0
    drain: float = 30.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, int | float) and value <= 0:
                raise ConfigError(f"{name.replace('_', '-')} must be above zero, not {value}")

    def to_json(self) -> str:
        """For the environment of worker processes."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The reverse."""
        said: dict[str, Any] = json.loads(text)
        return cls(**said | {"models": tuple(said["models"]), "origins": tuple(said["origins"])})
