"""The answers of the API, for its description and for whoever reads it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Point(BaseModel):
    """A joint in pixels of the upright picture, whose corner is (0, 0)."""

    x: float
    y: float
    score: float = Field(ge=0, le=1, description="the model's confidence")


class Box(BaseModel):
    """Top left corner, width and height in pixels."""

    x: float
    y: float
    w: float
    h: float


class Person(BaseModel):
    """One person: the record that `deeppose predict --json` prints."""

    model_config = ConfigDict(extra="allow")

    file: str
    person: int
    skeleton: str
    box: Box
    joints: dict[str, Point]
    score: float | None = Field(default=None, description="that there is a person")
    box_score: float | None = None
    stages: list[dict[str, Point]] | None = Field(
        default=None, description="every stage's joints, on request"
    )


class Picture(BaseModel):
    """The people of one picture."""

    file: str
    width: int
    height: int
    model: str = Field(description="its name, and the first digits of its file's SHA-256")
    skeleton: str
    people: list[Person]


class Failed(BaseModel):
    """A picture of a batch that could not be answered."""

    file: str
    status: int
    detail: str
    remedy: str


class Batch(BaseModel):
    """The answers of a batch, in the order of its pictures."""

    pictures: list[Picture | Failed]


class ModelCard(BaseModel):
    """A model of this server."""

    name: str
    skeleton: str
    joints: list[str]
    edges: list[tuple[int, int]]
    stages: int
    canvas: int
    context: float
    card: str | None = Field(description="what it was trained on and how it measures, in Markdown")


class ModelList(BaseModel):
    """The models of this server, the default first."""

    models: list[ModelCard]


class State(BaseModel):
    """Whether the server is alive, or ready."""

    status: str


POSES_EXAMPLE: dict[str, Any] = {
    "file": "picture", "width": 480, "height": 480, "model": "lsp-compact 5f0ab1c2d3e4", "skeleton": "lsp",
    "people": [{
        "schema": 1, "file": "picture", "person": 0, "people": 1, "skeleton": "lsp",
        "box": {"x": 49.7, "y": 7.6, "w": 388.6, "h": 350.5},
        "joints": {"neck": {"x": 246.3, "y": 96.1, "score": 0.98}}, "score": 0.97, "box_score": 1.0,
    }],
}  # fmt: skip
