"""Trains, deploys and predicts with the sagemaker Python SDK (version 2): the same program on Rung and on AWS."""
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import CSVSerializer
from sagemaker.sklearn import SKLearn

session = sagemaker.Session()
estimator = SKLearn(
    entry_point="train.py",
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    role=sagemaker.get_execution_role(),
    hyperparameters={"epochs": 20},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"}],
    sagemaker_session=session,
)
estimator.fit({"train": session.upload_data("patients.csv", key_prefix="patients")})

predictor = estimator.deploy(1, "ml.m5.large", wait=False, serializer=CSVSerializer(), deserializer=JSONDeserializer())
# deploy() itself would look at the endpoint only every 30 seconds.
waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
waiter.wait(EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
with open("patients.csv") as file:
    diagnosis, *features = map(float, file.readline().split(","))
print("diagnosed:", diagnosis, "predicted:", predictor.predict([features]))
predictor.delete_model()
predictor.delete_endpoint()
