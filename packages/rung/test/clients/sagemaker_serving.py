"""The sagemaker Python SDK's own classes for models trained elsewhere: SKLearnModel and XGBoostModel, each with handlers in a script."""
import os
import pathlib
import subprocess
import sys
import tarfile

import sagemaker
from sagemaker import get_execution_role
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.serializers import CSVSerializer, JSONSerializer, NumpySerializer
from sagemaker.sklearn import SKLearnModel
from sagemaker.xgboost import XGBoostModel

import numpy as np

session = sagemaker.Session()
role = get_execution_role()
home = pathlib.Path(os.environ["HOME"])
science = dict(pair.split("=", 1) for pair in sys.argv[2:])


def wait_for(predictor):
    """deploy() itself looks at the endpoint only every 30 seconds."""
    waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def upload(name, python, program):
    """What `program` writes into its folder as a model archive, made by a Python that has the framework."""
    folder = home / name
    folder.mkdir()
    subprocess.run([python, "-c", program, str(folder)], check=True)
    archive = home / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for file in folder.iterdir():
            tar.add(file, file.name)
    return session.upload_data(str(archive), key_prefix=f"models/{name}")


if "scikit-learn" in science:
    data = upload(
        "sklearn",
        science["scikit-learn"],
        """
import joblib, sys
from sklearn.datasets import load_iris
from sklearn.svm import SVC
joblib.dump(SVC().fit(*load_iris(return_X_y=True)), sys.argv[1] + "/iris.joblib")
""",
    )
    script = home / "serve_iris.py"
    script.write_text(
        """
import os
import joblib

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "iris.joblib"))
"""
    )
    model = SKLearnModel(model_data=data, role=role, entry_point=str(script), framework_version="1.2-1", sagemaker_session=session)
    predictor = model.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False)
    wait_for(predictor)
    rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])
    # SKLearnPredictor speaks npy both ways.
    assert predictor.predict(rows).tolist() == [0, 2]
    predictor.serializer, predictor.deserializer = JSONSerializer(), JSONDeserializer()
    assert predictor.predict(rows.tolist()) == [0, 2]
    predictor.serializer, predictor.deserializer = CSVSerializer(), CSVDeserializer()
    assert predictor.predict(rows) == [["0"], ["2"]]
    predictor.delete_model()
    predictor.delete_endpoint()
    print("\nscikit-learn done")

if "xgboost" in science:
    data = upload(
        "xgboost",
        science["xgboost"],
        """
import sys
import numpy as np, xgboost
rows = np.random.default_rng(1).normal(size=(200, 4)).astype("float32")
booster = xgboost.train({"objective": "reg:squarederror", "base_score": 0}, xgboost.DMatrix(rows, rows @ [1, 2, 3, 4]), 20)
booster.save_model(sys.argv[1] + "/model.ubj")
np.save(sys.argv[1] + "/expected.npy", booster.predict(xgboost.DMatrix(rows[:3])))
np.save(sys.argv[1] + "/rows.npy", rows[:3])
""",
    )
    rows, expected = np.load(home / "xgboost/rows.npy"), np.load(home / "xgboost/expected.npy")
    script = home / "serve_xgboost.py"
    script.write_text(
        """
import os
import xgboost

def model_fn(model_dir):
    return xgboost.Booster(model_file=os.path.join(model_dir, "model.ubj"))

def predict_fn(data, model):
    assert isinstance(data, xgboost.DMatrix), type(data)
    return model.predict(data)
"""
    )
    model = XGBoostModel(model_data=data, role=role, entry_point=str(script), framework_version="1.7-1", sagemaker_session=session)
    predictor = model.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    wait_for(predictor)
    answered = [float(value) for (value,) in predictor.predict(rows)]
    assert np.allclose(answered, expected, rtol=1e-6), (answered, expected)
    predictor.delete_model()
    predictor.delete_endpoint()
    print("\nxgboost done")
