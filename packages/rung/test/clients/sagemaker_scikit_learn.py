"""Script mode through the sagemaker Python SDK v2: the SKLearn estimator with an unchanged training script."""
import os
import sys
import tarfile

import numpy as np
import sagemaker
from sagemaker.sklearn.estimator import SKLearn

session = sagemaker.Session()
bucket = session.default_bucket()

# Four well separated classes, the class in the first column.
random = np.random.default_rng(0)
centers = random.uniform(-10, 10, (4, 4))
classes = random.integers(0, 4, 200)
np.savetxt("train.csv", np.column_stack([classes, centers[classes] + random.normal(0, 0.3, (200, 4))]), delimiter=",", fmt="%.4f")
uri = session.upload_data("train.csv", bucket=bucket, key_prefix="iris/data")

estimator = SKLearn(
    entry_point="iris.py",
    source_dir=os.path.join(os.path.dirname(__file__), "script_mode/scikit_learn"),
    framework_version="1.2-1",
    instance_type="ml.c5.xlarge",
    role=sagemaker.get_execution_role(),
    sagemaker_session=session,
    hyperparameters={"max_leaf_nodes": 30},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=([0-9.]+);"}],
    output_path=f"s3://{bucket}/iris",
)
estimator.fit({"train": uri}, logs="None")

job = session.describe_training_job(estimator.latest_training_job.name)
assert job["TrainingJobStatus"] == "Completed", job
assert {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}["accuracy"] > 0.95, job["FinalMetricDataList"]
sagemaker.s3.S3Downloader.download(estimator.model_data, ".", sagemaker_session=session)
with tarfile.open("model.tar.gz") as archive:
    assert archive.getnames() == ["model.joblib"] or "model.joblib" in archive.getnames(), archive.getnames()
print("\ndone", file=sys.stdout)
