"""The sagemaker Python SDK v3: ModelTrainer with a built-in algorithm and with a script of one's own, ModelBuilder, and the resources below them."""
import io
import json
import os
import sys
import time

import numpy as np
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode, StoppingCondition

here = os.path.dirname(os.path.abspath(__file__))
session = Session()
role = get_execution_role()
started = time.monotonic()


def told(what):
    print(f"{what} ({time.monotonic() - started:.1f} s)", flush=True)


def built_in_algorithm():
    points = np.random.default_rng(1).normal(size=(60, 2)) + np.repeat([[0, 0], [20, 20]], 30, axis=0)
    np.savetxt("points.csv", points, delimiter=",", fmt="%.4f")
    trainer = ModelTrainer(
        training_image="382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1",
        role=role,
        sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"k": 2, "feature_dim": 2},
        base_job_name="v3-kmeans",
    )
    data = session.upload_data("points.csv", key_prefix="v3/points")
    trainer.train([InputData(channel_name="train", data_source=data, content_type="text/csv;label_size=0")], logs=False)
    job = TrainingJob.get(trainer._latest_training_job.training_job_name)
    assert job.training_job_status == "Completed", job
    told("trained a built-in algorithm")

    model = Model.create(
        model_name=job.training_job_name,
        primary_container=ContainerDefinition(image=job.algorithm_specification.training_image, model_data_url=job.model_artifacts.s3_model_artifacts),
        execution_role_arn=role,
    )
    variant = ProductionVariant(variant_name="all", model_name=job.training_job_name, initial_instance_count=1, instance_type="ml.m5.large")
    config = EndpointConfig.create(endpoint_config_name=job.training_job_name, production_variants=[variant])
    endpoint = Endpoint.create(endpoint_name=job.training_job_name, endpoint_config_name=config.endpoint_config_name)
    endpoint.wait_for_status("InService", poll=1)
    answer = json.loads(endpoint.invoke(body="0,0\n20,20", content_type="text/csv", accept="application/json").body.read())
    clusters = [each["closest_cluster"] for each in answer["predictions"]]
    assert sorted(clusters) == [0, 1], answer
    assert any(each.training_job_name == job.training_job_name for each in TrainingJob.get_all(name_contains="v3-kmeans"))
    for resource in (endpoint, config, model):
        resource.delete()
    told("deployed with Model, EndpointConfig and Endpoint")


def script_of_ones_own():
    # Four well separated classes, the class in the first column.
    random = np.random.default_rng(0)
    centers = random.uniform(-10, 10, (4, 4))
    classes = random.integers(0, 4, 200)
    rows = np.column_stack([classes, centers[classes] + random.normal(0, 0.3, (200, 4))])
    os.makedirs("data", exist_ok=True)
    np.savetxt("data/train.csv", rows, delimiter=",", fmt="%.4f")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
    trainer = ModelTrainer(
        training_image=image,
        source_code=SourceCode(source_dir=os.path.join(here, "script_mode/scikit_learn"), entry_script="iris.py"),
        role=role,
        sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        hyperparameters={"max_leaf_nodes": 30},
        base_job_name="v3-iris",
    )
    # A local folder: uploaded by the SDK, with the script and the drivers that start it.
    trainer.train([InputData(channel_name="train", data_source="data")])
    assert trainer._latest_training_job.refresh().training_job_status == "Completed"
    told("trained a script")

    builder = ModelBuilder(
        s3_model_data_url=trainer._latest_training_job.model_artifacts.s3_model_artifacts,
        image_uri=image,
        source_code=SourceCode(source_dir=os.path.join(here, "script_mode/scikit_learn"), entry_script="iris.py"),
        model_path=os.path.abspath("model"),
        role_arn=role,
        sagemaker_session=session,
        instance_type="ml.m5.large",
    )
    builder.build()
    endpoint = builder.deploy(endpoint_name=trainer._latest_training_job.training_job_name, wait=False)
    endpoint.wait_for_status("InService", poll=1)
    body = io.BytesIO()
    np.save(body, rows[:5, 1:])
    answer = endpoint.invoke(body=body.getvalue(), content_type="application/x-npy", accept="application/json").body.read()
    assert [float(each) for each in json.loads(answer)] == rows[:5, 0].tolist(), answer
    endpoint.delete()
    told("deployed with ModelBuilder")


{"built-in": built_in_algorithm, "script": script_of_ones_own}[sys.argv[1]]()
print("done")
