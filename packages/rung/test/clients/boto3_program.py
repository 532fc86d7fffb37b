"""Trains k-means, deploys it, asks it and removes everything: a plain boto3 program that knows nothing of Rung."""
import io
import json
import sys
import time

import boto3
from botocore.exceptions import ClientError

region = boto3.session.Session().region_name
account = boto3.client("sts").get_caller_identity()["Account"]
s3 = boto3.client("s3")
sm = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
name = f"boto3-{int(time.time() * 1000)}"
role = f"arn:aws:iam::{account}:role/SageMakerRole"

bucket = f"{name}-bucket"
s3.create_bucket(Bucket=bucket)
rows = [line.split(",", 1)[1] for line in open(sys.argv[1]) if line.strip()]
s3.upload_fileobj(io.BytesIO("".join(rows).encode()), bucket, "points/all.csv")

training = sm.create_training_job(
    TrainingJobName=name,
    RoleArn=role,
    AlgorithmSpecification={
        "TrainingImage": f"382416733822.dkr.ecr.{region}.amazonaws.com/kmeans:1",
        "TrainingInputMode": "File",
    },
    HyperParameters={"k": "4", "feature_dim": "30", "mini_batch_size": "100", "epochs": "2"},
    InputDataConfig=[
        {
            "ChannelName": channel,
            "ContentType": "text/csv;label_size=0",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/points/"}},
        }
        for channel in ("train", "test")
    ],
    OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    StoppingCondition={"MaxRuntimeInSeconds": 600},
    Tags=[{"Key": "team", "Value": "parity"}],
)
assert training["TrainingJobArn"].endswith(f":training-job/{name}"), training

sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
job = sm.describe_training_job(TrainingJobName=name)
assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/models/{name}/output/model.tar.gz", job["ModelArtifacts"]
assert [t["Status"] for t in job["SecondaryStatusTransitions"]][-1] == "Completed"
metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
assert metrics["test:msd"] > 0, metrics
assert sm.list_tags(ResourceArn=training["TrainingJobArn"])["Tags"] == [{"Key": "team", "Value": "parity"}]
found = [j["TrainingJobName"] for page in sm.get_paginator("list_training_jobs").paginate(NameContains=name) for j in page["TrainingJobSummaries"]]
assert found == [name], found

logs = boto3.client("logs")
streams = logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/")["logStreams"]
events = logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=streams[0]["logStreamName"], startFromHead=True)["events"]
assert any("#quality_metric" in event["message"] for event in events), events

cloudwatch = boto3.client("cloudwatch")
points = cloudwatch.get_metric_statistics(
    Namespace="/aws/sagemaker/TrainingJobs",
    MetricName="test:msd",
    Dimensions=[{"Name": "TrainingJobName", "Value": name}],
    StartTime=job["CreationTime"],
    EndTime=time.time() + 60,
    Period=60,
    Statistics=["Average"],
)["Datapoints"]
assert abs(points[-1]["Average"] - metrics["test:msd"]) < 1e-3 * metrics["test:msd"], points

sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": job["AlgorithmSpecification"]["TrainingImage"], "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]})
sm.create_endpoint_config(
    EndpointConfigName=name,
    ProductionVariants=[{"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large", "InitialVariantWeight": 1}],
)
sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
sm.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Accept="application/json", Body=rows[0] + rows[1])
assert answer["InvokedProductionVariant"] == "AllTraffic"
predictions = json.loads(answer["Body"].read())["predictions"]
assert len(predictions) == 2 and set(predictions[0]) == {"closest_cluster", "distance_to_cluster"}, predictions

try:
    runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="1,2,3")
    raise AssertionError("a row of three features was accepted")
except ClientError as error:
    assert error.response["Error"]["Code"] == "ModelError", error.response
    assert error.response["OriginalStatusCode"] == 400, error.response

try:
    sm.create_training_job(TrainingJobName="-bad-", RoleArn=role, OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"})
    raise AssertionError("a bad name was accepted")
except ClientError as error:
    assert error.response["Error"]["Code"] == "ValidationException", error.response
    assert "failed to satisfy constraint: Member must satisfy regular expression pattern" in error.response["Error"]["Message"]

sm.delete_endpoint(EndpointName=name)
sm.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
sm.delete_endpoint_config(EndpointConfigName=name)
sm.delete_model(ModelName=name)
assert sm.list_models(NameContains=name)["Models"] == []
for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
    s3.delete_object(Bucket=bucket, Key=item["Key"])
s3.delete_bucket(Bucket=bucket)
print("done")
