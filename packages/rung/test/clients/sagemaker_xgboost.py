"""The built-in XGBoost through the sagemaker Python SDK v2: the generic Estimator on the image of a version, with CSV, and on that of 0.72, with libsvm."""
import io
import sys
import tarfile

import boto3
import numpy as np
import sagemaker
from sagemaker import image_uris
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer, LibSVMSerializer

session = sagemaker.Session()
bucket = session.default_bucket()
region = session.boto_region_name
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)
held_out = np.arange(len(data)) % 5 == 4
train, validation = data[~held_out], data[held_out]
labels, rows = validation[:, 0], validation[:, 1:]


def libsvm(table, label=True):
    lines = []
    for row in table:
        pairs = " ".join(f"{index}:{value:.6g}" for index, value in enumerate(row[1:]) if value != 0)
        lines.append(f"{row[0]:g} {pairs}" if label else pairs)
    return "\n".join(lines) + "\n"


def channel(name, text, content_type):
    body = text if isinstance(text, str) else "\n".join(",".join(f"{v:.6g}" for v in row) for row in text)
    uri = session.upload_string_as_file_body(body, bucket=bucket, key=f"xgboost/{content_type}/{name}/data")
    return TrainingInput(uri.rsplit("/", 1)[0], content_type=content_type)


def fit(version, channels, **hyperparameters):
    estimator = Estimator(
        image_uris.retrieve("xgboost", region, version),
        sagemaker.get_execution_role(),
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{bucket}/xgboost/output",
        sagemaker_session=session,
        hyperparameters={"objective": "binary:logistic", "num_round": 20, "eta": 0.3, **hyperparameters},
    )
    estimator.fit(channels, logs="None")
    job = session.describe_training_job(estimator.latest_training_job.name)
    assert job["TrainingJobStatus"] == "Completed", job
    return estimator, {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}


def deploy(estimator, **options):
    """deploy() itself looks at the endpoint only every 30 seconds; this one is ready in less than one."""
    predictor = estimator.deploy(1, "ml.m5.large", wait=False, **options)
    waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return predictor


csv = {name: channel(name, table, "text/csv") for name, table in (("train", train), ("validation", validation))}
estimator, metrics = fit("1.7-1", csv, eval_metric="auc,error", early_stopping_rounds=5)
assert metrics["validation:auc"] > 0.97 and metrics["validation:error"] < 0.08, metrics
place = estimator.model_data.removeprefix("s3://").split("/", 1)
archive = boto3.client("s3").get_object(Bucket=place[0], Key=place[1])["Body"].read()
assert "xgboost-model" in tarfile.open(fileobj=io.BytesIO(archive)).getnames()

predictor = deploy(estimator, serializer=CSVSerializer(), deserializer=CSVDeserializer())
scores = np.array(predictor.predict(rows), dtype=float)
assert scores.shape == (len(rows), 1), scores.shape
assert ((scores[:, 0] > 0.5) == labels).mean() > 0.92
predictor.serializer = LibSVMSerializer()
predictor.deserializer = JSONDeserializer()
answer = predictor.predict(libsvm(validation, label=False))
sparse = np.array([row["score"] for row in answer["predictions"]])
assert ((sparse > 0.5) == labels).mean() > 0.92
predictor.delete_endpoint()

estimator, metrics = fit("1", {"train": channel("train", libsvm(train), "libsvm")})
assert metrics["train:logloss"] < 0.2, metrics
predictor = deploy(estimator, serializer=LibSVMSerializer())
text = predictor.predict(libsvm(validation)).decode()
scores = np.array([float(number) for number in text.split(",")])
assert ((scores > 0.5) == labels).mean() > 0.92, text[:200]
predictor.delete_endpoint()
print("\ndone")
