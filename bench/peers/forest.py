"""forest.py FOLDER: trains a small random forest and writes it once for every side. One output, because MLflow's ONNX flavour needs it.

model/        model.onnx and signature.json, as Esteira's agents take them; the FastAPI server loads the same file
mlflow/       the same ONNX model as MLflow saves it
rows.json     {"columns": […], "data": [[…], …]}: rows to ask about
"""

import json
import sys
from pathlib import Path

import mlflow.onnx
import numpy
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestRegressor

folder = Path(sys.argv[1])
width = 12
features, labels = load_breast_cancer(return_X_y=True, as_frame=True)
columns = [f"c{i}" for i in range(width)]
rows = features.iloc[:, :width].set_axis(columns, axis=1).astype(numpy.float32)
forest = RandomForestRegressor(100, random_state=0).fit(rows.to_numpy(), labels)
model = to_onnx(
    forest,
    initial_types=[("X", FloatTensorType([None, width]))],
    target_opset={"": 17, "ai.onnx.ml": 3},
)

(folder / "model").mkdir(parents=True, exist_ok=True)
(folder / "model" / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
signature = {
    "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, width], "columns": columns}],
    "outputs": [{"name": "variable", "datatype": "FP32", "shape": [-1, 1]}],
}
(folder / "model" / "signature.json").write_text(json.dumps(signature, indent=2))
(folder / "rows.json").write_text(json.dumps({"columns": columns, "data": rows.to_numpy().tolist()}))
mlflow.onnx.save_model(
    model,
    str(folder / "mlflow"),
    # Numbers of a JSON body are doubles; MLflow narrows them by itself.
    signature=infer_signature(rows.astype(float)),
    pip_requirements=[],
    # One thread a call, as on the other sides: small models lose by more.
    onnx_session_options={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
)
