"""Trains a classifier of tumours. It keeps to SageMaker's contract for training scripts and knows nothing of Rung."""
import argparse
import os
import pathlib
import time

import joblib
import pandas as pd
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def train(epochs, pause):
    data = pd.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "patients.csv"), header=None)
    classes, features = data[0], data.iloc[:, 1:].to_numpy()
    scaler = StandardScaler().fit(features)
    # What lies in this folder survives when the instance does not.
    checkpoint = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "checkpoints/state.joblib")
    first, classifier = joblib.load(checkpoint) if checkpoint.exists() else (1, SGDClassifier(loss="log_loss"))
    for epoch in range(first, epochs + 1):
        classifier.partial_fit(scaler.transform(features), classes, classes=[0, 1])
        model = make_pipeline(scaler, classifier)
        print(f"epoch={epoch} accuracy={model.score(features, classes):.4f}", flush=True)
        checkpoint.parent.mkdir(exist_ok=True)
        joblib.dump((epoch + 1, classifier), f"{checkpoint}.new")
        os.replace(f"{checkpoint}.new", checkpoint)
        time.sleep(pause)
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))


def model_fn(folder):
    """What the endpoint serves."""
    return joblib.load(os.path.join(folder, "model.joblib"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--pause", type=float, default=0, help="seconds after each epoch, to make a long job of a short one")
    train(**vars(parser.parse_args()))
