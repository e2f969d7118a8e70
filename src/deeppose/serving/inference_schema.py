"""What `/v2`, the Open Inference Protocol, reads and answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Tensor(BaseModel):
    """A tensor with its data in row-major order, flat."""

    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class TensorIn(BaseModel):
    """An input: `canvases` (N, C, C, 3) UINT8 or `boxes` (N, 4) FP32, cx, cy, w, h in canvas pixels."""

    name: Literal["canvases", "boxes"]
    shape: list[int] = Field(min_length=2, max_length=4)
    datatype: Literal["UINT8", "FP32"]
    data: list[Any]
    parameters: dict[str, Any] | None = None


class Wanted(BaseModel):
    """An output asked for."""

    name: Literal["joints", "scores"]
    parameters: dict[str, Any] | None = None


class InferRequest(BaseModel):
    """What `/infer` reads."""

    id: str | None = Field(default=None, max_length=200)
    parameters: dict[str, Any] | None = None
    inputs: list[TensorIn] = Field(min_length=2, max_length=2)
    outputs: list[Wanted] | None = None


class InferResponse(BaseModel):
    """`joints` (N, S, K, 2) in canvas pixels and `scores` (N, S, K)."""

    model_name: str
    id: str | None = None
    outputs: list[Tensor]


class ServerMetadata(BaseModel):
    """Of the server."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """Of a tensor; -1 is any number of people."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """Of a model."""

    model_config = ConfigDict(protected_namespaces=())

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
