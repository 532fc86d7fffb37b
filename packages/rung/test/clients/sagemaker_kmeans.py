"""The sagemaker Python SDK's own k-means class, from a numpy array to predictions."""
import sys

import numpy as np
import sagemaker
import sagemaker.session
from sagemaker import KMeans, get_execution_role

# The SDK looks at a new endpoint only every 30 seconds; this one is ready in less than one.
sagemaker.session.DEFAULT_EP_POLL = 1

session = sagemaker.Session()
role = get_execution_role()
assert ":role/" in role, role
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)[:, 1:]

kmeans = KMeans(role=role, instance_count=1, instance_type="ml.m5.large", k=3, sagemaker_session=session, output_path=f"s3://{session.default_bucket()}/kmeans")
kmeans.fit(kmeans.record_set(data), mini_batch_size=100, logs="None")
predictor = kmeans.deploy(initial_instance_count=1, instance_type="ml.m5.large")
clusters = [int(record.label["closest_cluster"].float32_tensor.values[0]) for record in predictor.predict(data[:50])]
assert len(clusters) == 50 and set(clusters) <= {0, 1, 2}, clusters
predictor.delete_model()
predictor.delete_endpoint()
print("done")
