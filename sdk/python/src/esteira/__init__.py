"""What a step of an Esteira pipeline was given, and where its results go.

>>> import esteira
>>> step = esteira.local_step(parameters={"trees": 60}, outputs={"metrics": "json"})
>>> step.parameters["trees"]
60
>>> step.write_json("metrics", {"auc": 0.71})

On the platform the first line of a step is ``step = esteira.current_step()``; the rest is the same.
Metrics, parameters and artifacts are logged with MLflow's own client: its address, token and run are
already in the environment of the step.
"""

from esteira.errors import InvalidStep, NotInStep, StepError, UnknownName, WrongType
from esteira.local import local_step
from esteira.step import Input, Kind, Output, Source, Step, current_step, write_json

__all__ = [
    "Input",
    "InvalidStep",
    "Kind",
    "NotInStep",
    "Output",
    "Source",
    "Step",
    "StepError",
    "UnknownName",
    "WrongType",
    "current_step",
    "local_step",
    "write_json",
]
