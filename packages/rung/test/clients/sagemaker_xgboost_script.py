"""Script mode through the sagemaker Python SDK v2: the XGBoost estimator with a script, a validation channel, and a file that the script's folder brings along."""
import os
import sys

import numpy as np
import sagemaker
from sagemaker.inputs import TrainingInput
from sagemaker.xgboost.estimator import XGBoost

session = sagemaker.Session()
bucket = session.default_bucket()
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)
held_out = np.arange(len(data)) % 5 == 4
np.savetxt("train.csv", data[~held_out], delimiter=",", fmt="%.6g")
np.savetxt("validation.csv", data[held_out], delimiter=",", fmt="%.6g")
channels = {
    name: TrainingInput(session.upload_data(f"{name}.csv", bucket=bucket, key_prefix=f"xgboost/{name}"), content_type="text/csv")
    for name in ("train", "validation")
}

estimator = XGBoost(
    entry_point="train.py",
    source_dir=os.path.join(os.path.dirname(__file__), "script_mode/xgboost"),
    framework_version="1.7-1",
    hyperparameters={"num_round": 20, "eta": 0.2},
    role=sagemaker.get_execution_role(),
    instance_count=1,
    instance_type="ml.m5.large",
    metric_definitions=[{"Name": "validation:error", "Regex": r"\[[0-9]+\].*validation-error:([0-9.]+)"}],
    output_path=f"s3://{bucket}/xgboost/output",
    sagemaker_session=session,
)
estimator.fit(channels, logs="None")
job = session.describe_training_job(estimator.latest_training_job.name)
assert job["TrainingJobStatus"] == "Completed", job
error = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}["validation:error"]
assert error < 0.1, error
assert estimator.model_data.endswith("/output/model.tar.gz"), estimator.model_data
print("\ndone")
