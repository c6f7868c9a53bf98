"""What a team does with MLflow's client, against the server that MLFLOW_TRACKING_URI names.

Prints one JSON line for each case; the test that starts this script turns them into results.
"""

import json
import math
import os
import sys
import tempfile
import traceback

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

client = MlflowClient()
rows = np.random.RandomState(0).rand(60, 3)
labels = (rows[:, 0] > 0.5).astype(int)
cases = []


def case(function):
    cases.append(function)
    return function


def refused(code, work, *arguments, **named):
    try:
        work(*arguments, **named)
    except MlflowException as error:
        assert error.error_code == code, f"{error.error_code}: {error}"
        return str(error)
    raise AssertionError("it was accepted")


@case
def experiments_are_created_found_and_searched():
    first = client.create_experiment("flights", tags={"team": "ops"})
    client.create_experiment("weather")
    assert client.get_experiment(first).name == "flights"
    assert client.get_experiment_by_name("flights").tags == {"team": "ops"}
    assert client.get_experiment_by_name("nothing") is None
    found = client.search_experiments(filter_string="name ILIKE 'W%'", order_by=["name ASC"])
    assert [one.name for one in found] == ["weather"]
    found = client.search_experiments(filter_string="tags.team = 'ops'")
    assert [one.name for one in found] == ["flights"]
    refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, "flights")
    client.delete_experiment(first)
    assert client.get_experiment(first).lifecycle_stage == "deleted"
    client.restore_experiment(first)
    client.rename_experiment(first, "departures")
    assert client.get_experiment(first).name == "departures"


@case
def the_default_experiment_has_the_number_zero():
    with mlflow.start_run() as run:
        pass
    assert run.info.experiment_id == "0"
    assert client.get_experiment("0").name == "Default"


@case
def a_run_keeps_params_metrics_and_tags():
    mlflow.set_experiment("runs")
    with mlflow.start_run(run_name="first", description="a note") as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"units": "imperial", "rate": 0.1})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.7, "nan": math.nan, "up": math.inf, "down": -math.inf})
        mlflow.set_tags({"team": "ops"})
    found = client.get_run(run.info.run_id)
    assert found.info.status == "FINISHED" and found.info.run_name == "first"
    assert found.data.params == {"depth": "3", "units": "imperial", "rate": "0.1"}
    assert found.data.metrics["loss"] == 0.2 and found.data.metrics["auc"] == 0.7
    assert math.isnan(found.data.metrics["nan"])
    assert found.data.metrics["up"] == sys.float_info.max
    assert found.data.metrics["down"] == -sys.float_info.max
    assert found.data.tags["team"] == "ops"
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(step, 1 / (step + 1)) for step in range(5)]
    refused("INVALID_PARAMETER_VALUE", client.log_param, run.info.run_id, "depth", 4)
    client.delete_tag(run.info.run_id, "team")
    refused("RESOURCE_DOES_NOT_EXIST", client.delete_tag, run.info.run_id, "team")


@case
def a_batch_holds_a_thousand_metrics():
    with mlflow.start_run() as run:
        from mlflow.entities import Metric, Param, RunTag

        metrics = [Metric("m", float(step), 1, step) for step in range(800)]
        client.log_batch(run.info.run_id, metrics, [Param("p", "1")], [RunTag("t", "1")])
    assert len(client.get_metric_history(run.info.run_id, "m")) == 800
    assert client.get_run(run.info.run_id).data.metrics["m"] == 799


@case
def runs_are_searched_ordered_and_paged():
    experiment = client.create_experiment("search")
    for index in range(12):
        run = client.create_run(experiment, run_name=f"r{index}", start_time=1000 + index)
        client.log_metric(run.info.run_id, "auc", index / 12)
        client.log_param(run.info.run_id, "kind", "even" if index % 2 == 0 else "odd")
        client.set_terminated(run.info.run_id)
    found = client.search_runs(
        [experiment], "metrics.auc > 0.3 and params.kind = 'even'", order_by=["metrics.auc DESC"]
    )
    assert [run.info.run_name for run in found] == ["r10", "r8", "r6", "r4"]
    names, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=5, order_by=["start_time ASC"], page_token=token)
        names += [run.info.run_name for run in page]
        token = page.token
        if not token:
            break
    assert names == [f"r{index}" for index in range(12)]
    frame = mlflow.search_runs([experiment], filter_string="attributes.status = 'FINISHED'")
    assert len(frame) == 12 and "metrics.auc" in frame.columns
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment], "metrics.auc >")


@case
def runs_are_deleted_and_restored():
    run = client.create_run("0")
    client.delete_run(run.info.run_id)
    refused("INVALID_PARAMETER_VALUE", client.log_metric, run.info.run_id, "m", 1)
    client.restore_run(run.info.run_id)
    client.log_metric(run.info.run_id, "m", 1)
    client.update_run(run.info.run_id, status="FAILED", name="renamed")
    found = client.get_run(run.info.run_id)
    assert (found.info.status, found.info.run_name) == ("FAILED", "renamed")


@case
def artifacts_go_up_are_listed_come_down_and_go():
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "data.json")
        content = os.urandom(3_000_000)
        with open(os.path.join(folder, "big file 1.bin"), "wb") as file:
            file.write(content)
        mlflow.log_artifacts(folder, "deep/er")
        assert [one.path for one in client.list_artifacts(run.info.run_id)] == ["data.json", "deep", "notes"]
        below = client.list_artifacts(run.info.run_id, "notes")
        assert [(one.path, one.file_size) for one in below] == [("notes/hello.txt", 5)]
        assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/data.json") == {"a": 1}
        place = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, dst_path=folder)
        with open(os.path.join(place, "deep/er/big file 1.bin"), "rb") as file:
            assert file.read() == content


@case
def datasets_are_inputs_of_a_run():
    with mlflow.start_run() as run:
        dataset = mlflow.data.from_numpy(rows, targets=labels, name="flights")
        mlflow.log_input(dataset, context="training")
    found = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [one.dataset.name for one in found] == ["flights"]
    by_name = client.search_runs(
        [run.info.experiment_id], "dataset.name = 'flights' and dataset.context = 'training'"
    )
    assert [one.info.run_id for one in by_name] == [run.info.run_id]


@case
def a_model_is_logged_registered_and_loaded_by_its_alias():
    mlflow.set_experiment("models")
    model = LogisticRegression().fit(rows, labels)
    with mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.9)
        info = mlflow.sklearn.log_model(
            model, name="model", input_example=rows[:2], registered_model_name="late"
        )
    assert str(info.registered_model_version) == "1"
    client.set_registered_model_alias("late", "champion", "1")
    loaded = mlflow.pyfunc.load_model("models:/late@champion")
    assert loaded.predict(rows).tolist() == model.predict(rows).tolist()
    again = mlflow.sklearn.load_model("models:/late/1")
    assert again.predict(rows).tolist() == model.predict(rows).tolist()
    logged = client.get_logged_model(info.model_id)
    assert str(logged.status) == "READY" and logged.source_run_id == run.info.run_id
    outputs = client.get_run(run.info.run_id).outputs.model_outputs
    assert [one.model_id for one in outputs] == [info.model_id]
    found = mlflow.search_logged_models([run.info.experiment_id], output_format="list")
    assert [one.model_id for one in found] == [info.model_id]


@case
def model_versions_have_tags_aliases_stages_and_numbers_of_their_own():
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "model/weights.txt")
    source = f"runs:/{run.info.run_id}/model"
    client.create_registered_model("numbers", tags={"use": "test"}, description="numbers")
    for expected in ("1", "2", "3"):
        version = client.create_model_version("numbers", source, run.info.run_id, tags={"n": expected})
        assert version.version == expected
    client.delete_model_version("numbers", "3")
    assert client.create_model_version("numbers", source, run.info.run_id).version == "4"
    assert client.get_model_version("numbers", "2").tags["n"] == "2"
    client.set_model_version_tag("numbers", "2", "more", "yes")
    client.update_model_version("numbers", "2", description="second")
    assert client.get_model_version("numbers", "2").description == "second"
    found = client.search_model_versions("name = 'numbers' and tags.more = 'yes'")
    assert [one.version for one in found] == ["2"]
    client.set_registered_model_alias("numbers", "best", "1")
    client.set_registered_model_alias("numbers", "best", "2")
    assert client.get_model_version_by_alias("numbers", "best").version == "2"
    client.delete_registered_model_alias("numbers", "best")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "numbers", "best")
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, "numbers", "latest", "1")
    place = mlflow.artifacts.download_artifacts("models:/numbers/1")
    with open(os.path.join(place, "weights.txt")) as file:
        assert file.read() == "weights"


@case
def a_version_does_not_change_when_the_artifacts_of_its_run_do():
    with mlflow.start_run() as run:
        mlflow.log_text("before", "model/weights.txt")
        client.create_registered_model("frozen")
        client.create_model_version("frozen", f"runs:/{run.info.run_id}/model", run.info.run_id)
        mlflow.log_text("after", "model/weights.txt")
    place = mlflow.artifacts.download_artifacts("models:/frozen/1")
    with open(os.path.join(place, "weights.txt")) as file:
        assert file.read() == "before"


@case
def models_are_searched_renamed_and_deleted():
    client.create_registered_model("one model", tags={"team": "ops"})
    client.create_registered_model("two model")
    found = client.search_registered_models("name LIKE '% model'", order_by=["name DESC"])
    assert [one.name for one in found] == ["two model", "one model"]
    assert [one.name for one in client.search_registered_models("tags.team = 'ops'")] == ["one model"]
    client.rename_registered_model("two model", "three model")
    client.update_registered_model("three model", "renamed")
    assert client.get_registered_model("three model").description == "renamed"
    client.delete_registered_model("three model")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "three model")
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, "one model")


@case
def autologging_of_scikit_learn_records_a_fit():
    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(log_models=False)
    with mlflow.start_run() as run:
        LogisticRegression(C=2).fit(rows, labels)
    mlflow.sklearn.autolog(disable=True)
    found = client.get_run(run.info.run_id)
    assert found.data.params["C"] == "2" and "training_score" in found.data.metrics


def run_case(function):
    try:
        function()
        return None
    except Exception:
        return traceback.format_exc()


for function in cases:
    result = {"name": function.__name__.replace("_", " "), "error": run_case(function)}
    print(json.dumps(result), flush=True)
