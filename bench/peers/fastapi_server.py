"""What a team writes by hand: FastAPI before ONNX Runtime, one process. MODEL is the path of the model."""

import os

import numpy
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options)
app = FastAPI()


class Split(BaseModel):
    columns: list[str]
    data: list[list[float]]


class Rows(BaseModel):
    dataframe_split: Split


@app.post("/invocations")
async def invocations(rows: Rows):
    inputs = numpy.asarray(rows.dataframe_split.data, dtype=numpy.float32)
    (values,) = session.run(["variable"], {"X": inputs})
    return {"predictions": values[:, 0].tolist()}
