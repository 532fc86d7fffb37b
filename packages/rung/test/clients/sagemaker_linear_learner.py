"""Two ways of the sagemaker Python SDK to the same algorithm: its LinearLearner class, and a bare Estimator on the image URI."""
import sys

import numpy as np
import sagemaker
import sagemaker.session
from sagemaker import LinearLearner, image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

sagemaker.session.DEFAULT_EP_POLL = 1

session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)
train, held_out = data[np.arange(len(data)) % 5 != 4], data[np.arange(len(data)) % 5 == 4]

learner = LinearLearner(role=role, instance_count=1, instance_type="ml.m5.large", predictor_type="binary_classifier", sagemaker_session=session, epochs=15)
learner.fit(learner.record_set(train[:, 1:], labels=train[:, 0]), mini_batch_size=100, logs="None")
predictor = learner.deploy(initial_instance_count=1, instance_type="ml.m5.large")
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
predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=JSONDeserializer())
answer = predictor.predict(held_out[:, 1:])
accuracy = np.mean(np.array([p["predicted_label"] for p in answer["predictions"]]) == held_out[:, 0])
assert accuracy > 0.9, accuracy
predictor.delete_model()
predictor.delete_endpoint()

attached = Estimator.attach(estimator.latest_training_job.name, sagemaker_session=session)
assert attached.model_data == estimator.model_data
print("done")
