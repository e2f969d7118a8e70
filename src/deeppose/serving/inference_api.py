"""`/v2`: the Open Inference Protocol (KServe), tensors as JSON. A model takes canvases and boxes, as its file does.

For clients that bring their own pictures' canvases; whoever has pictures wants `/v1/poses`. The protocol's binary data
extension is not offered.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from numpy.typing import NDArray
from pydantic import ValidationError

import deeppose
from deeppose.data.canvas import Canvas
from deeppose.inference.finders import Found
from deeppose.inference.onnx_model import INPUTS, OUTPUTS
from deeppose.inference.placing import Placed
from deeppose.inference.predictor import Predictor
from deeppose.serving.inference_schema import (
    InferRequest,
    InferResponse,
    ModelMetadata,
    ServerMetadata,
    TensorIn,
    TensorMetadata,
)
from deeppose.serving.problems import ProblemError, responses
from deeppose.serving.receiving import body, unless_gone
from deeppose.serving.schema import State
from deeppose.serving.service import of

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])
TYPES: dict[str, tuple[str, Any]] = {"canvases": ("UINT8", np.uint8), "boxes": ("FP32", np.float32)}


@router.get("", response_model=ServerMetadata, responses=responses(401))
async def server() -> ServerMetadata:
    """Name and version."""
    return ServerMetadata(name="deeppose", version=deeppose.__version__, extensions=[])


@router.get("/health/live", response_model=State)
async def live() -> State:
    """The process answers."""
    return State(status="live")


@router.get("/health/ready", response_model=State, responses=responses(503))
async def ready(request: Request) -> State:
    """The models are loaded and the server is not stopping."""
    if not of(request).ready:
        raise ProblemError(503, "not ready", headers={"retry-after": "5"})
    return State(status="ready")


@router.get("/models/{name}", response_model=ModelMetadata, responses=responses(401, 404, 503))
async def metadata(request: Request, name: str) -> ModelMetadata:
    """What a model takes and gives."""
    card = _model(request, name).card
    people, joints = -1, len(card.skeleton)
    return ModelMetadata(
        name=card.name,
        versions=["1"],
        platform="onnxruntime_onnx",
        inputs=[
            TensorMetadata(name="canvases", datatype="UINT8", shape=[people, card.canvas, card.canvas, 3]),
            TensorMetadata(name="boxes", datatype="FP32", shape=[people, 4]),
        ],
        outputs=[
            TensorMetadata(name="joints", datatype="FP32", shape=[people, card.stages, joints, 2]),
            TensorMetadata(name="scores", datatype="FP32", shape=[people, card.stages, joints]),
        ],
    )


@router.get("/models/{name}/ready", response_model=State, responses=responses(401, 404, 503))
async def model_ready(request: Request, name: str) -> State:
    """The model is loaded."""
    _model(request, name)
    return State(status="ready")


@router.post(
    "/models/{name}/infer", response_model=InferResponse,
    responses=responses(401, 404, 408, 413, 415, 422, 503, 504),
    openapi_extra={"requestBody": {"required": True, "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/InferRequest"}}}}},
)  # fmt: skip
async def infer(request: Request, name: str) -> JSONResponse:
    """Joints and scores of people on canvases."""
    service, predictor = of(request), _model(request, name)
    with service.admitted():
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise ProblemError(415, "this route reads application/json", "send the tensors as JSON")
        with service.metrics.phase("receive"):
            content = await body(request, service.settings.max_bytes, service.settings.patience)
        most = service.settings.max_people
        return JSONResponse(await unless_gone(request, service.do(lambda: _infer(predictor, content, most))))


def _model(request: Request, name: str) -> Predictor:
    models = of(request).models.by_name
    if name not in models:
        raise ProblemError(404, f"no model {name}; there are {', '.join(models)}")
    return models[name]


def _infer(predictor: Predictor, content: bytes, most: int) -> dict[str, Any]:
    try:
        asked = InferRequest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ProblemError(422, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error
    given = {tensor.name: tensor for tensor in asked.inputs}
    if set(given) != set(INPUTS):
        raise ProblemError(422, f"inputs: {' and '.join(INPUTS)}, each once")
    count = given["boxes"].shape[0]
    if not 1 <= count <= most:
        raise ProblemError(422, f"boxes: 1 to {most} people, not {count}")
    side = predictor.card.canvas
    canvases = _array(given["canvases"], (count, side, side, 3))
    boxes = _array(given["boxes"], (count, 4))
    if not np.isfinite(boxes).all() or (boxes[:, 2:] <= 0).any():
        raise ProblemError(422, "boxes: finite numbers, width and height above zero")
    found = dict(zip(OUTPUTS, _run(predictor, canvases, boxes), strict=True))
    wanted = [w.name for w in asked.outputs] if asked.outputs else list(OUTPUTS)
    outputs = [
        {"name": w, "datatype": "FP32", "shape": list(found[w].shape), "data": found[w].ravel().tolist()}
        for w in wanted
    ]
    return {"model_name": predictor.card.name, "id": asked.id, "outputs": outputs}


def _run(
    predictor: Predictor, canvases: NDArray[np.uint8], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Joints (N, S, K, 2) in canvas pixels and scores (N, S, K), of canvases that come from no picture of ours."""
    size = canvases.shape[1], canvases.shape[2]
    found = Found(boxes.astype(np.float64), np.ones(len(boxes)))
    laid = [Canvas(pixels, np.zeros(2), 1.0) for pixels in canvases]
    return predictor.run([Placed(size, found, (0,), laid, boxes)])[0]


def _array(tensor: TensorIn, shape: tuple[int, ...]) -> NDArray[Any]:
    datatype, kind = TYPES[tensor.name]
    if tensor.datatype != datatype or tuple(tensor.shape) != shape:
        raise ProblemError(
            422, f"{tensor.name}: {datatype} of shape {list(shape)}, not {tensor.datatype} of {tensor.shape}"
        )
    try:
        values = np.asarray(tensor.data, np.float64).ravel()
    except (TypeError, ValueError, OverflowError) as error:
        raise ProblemError(422, f"{tensor.name}: data must be numbers") from error
    if values.size != prod(shape):
        raise ProblemError(422, f"{tensor.name}: {prod(shape)} numbers, not {values.size}")
    if datatype == "UINT8" and not ((values >= 0) & (values <= 255)).all():
        raise ProblemError(422, f"{tensor.name}: numbers from 0 to 255")
    if datatype == "FP32" and (np.abs(values) > 1e6).any():
        raise ProblemError(422, f"{tensor.name}: numbers within a million of zero")
    return values.astype(kind).reshape(shape)
