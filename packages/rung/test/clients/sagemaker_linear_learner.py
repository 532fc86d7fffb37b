"""Two ways of the sagemaker Python SDK to the same algorithm: its LinearLearner class, and a bare Estimator on the image URI."""
import sys

import numpy as np
import sagemaker
from sagemaker import LinearLearner, image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session()


def wait_for(predictor):
    """deploy() itself looks at the endpoint only every 30 seconds; this one is ready in less than one."""
    waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


bucket = session.default_bucket()
role = sagemaker.get_execution_role()
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)
train, held_out = data[np.arange(len(data)) % 5 != 4], data[np.arange(len(data)) % 5 == 4]

learner = LinearLearner(role=role, instance_count=2, instance_type="ml.m5.large", predictor_type="binary_classifier", sagemaker_session=session, epochs=15)
learner.fit(learner.record_set(train[:, 1:], labels=train[:, 0]), mini_batch_size=100, logs="None")
predictor = learner.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False)
wait_for(predictor)
labels = [record.label["predicted_label"].float32_tensor.values[0] for record in predictor.predict(held_out[:, 1:])]
accuracy = np.mean(np.array(labels) == held_out[:, 0])
assert accuracy > 0.9, accuracy
predictor.delete_model()
predictor.delete_endpoint()

np.savetxt("train.csv", train, delimiter=",", fmt="%.6g")
uri = session.upload_data("train.csv", bucket=bucket, key_prefix="estimator/train")
estimator = Estimator(
    image_uris.retrieve("linear-learner", session.boto_region_name),
    role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/estimator",
    hyperparameters={"predictor_type": "binary_classifier", "mini_batch_size": 100},
    sagemaker_session=session,
)
estimator.fit({"train": TrainingInput(uri, content_type="text/csv")}, logs="None")
predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=JSONDeserializer(), wait=False)
wait_for(predictor)
answer = predictor.predict(held_out[:, 1:])
accuracy = np.mean(np.array([p["predicted_label"] for p in answer["predictions"]]) == held_out[:, 0])
assert accuracy > 0.9, accuracy
predictor.delete_model()
predictor.delete_endpoint()

attached = Estimator.attach(estimator.latest_training_job.name, sagemaker_session=session)
assert attached.model_data == estimator.model_data
print("\ndone")
