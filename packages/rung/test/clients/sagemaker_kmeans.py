"""The sagemaker Python SDK's own k-means class, from a numpy array to predictions."""
import sys

import numpy as np
import sagemaker
from sagemaker import KMeans, get_execution_role

session = sagemaker.Session()


def wait_for(predictor):
    """deploy() itself looks at the endpoint only every 30 seconds; this one is ready in less than one."""
    waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


role = get_execution_role()
assert ":role/" in role, role
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)[:, 1:]

kmeans = KMeans(role=role, instance_count=2, instance_type="ml.m5.large", k=3, sagemaker_session=session, output_path=f"s3://{session.default_bucket()}/kmeans")
kmeans.fit(kmeans.record_set(data), mini_batch_size=100, logs="None")
predictor = kmeans.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False)
wait_for(predictor)
clusters = [int(record.label["closest_cluster"].float32_tensor.values[0]) for record in predictor.predict(data[:50])]
assert len(clusters) == 50 and set(clusters) <= {0, 1, 2}, clusters
predictor.delete_model()
predictor.delete_endpoint()
print("\ndone")
