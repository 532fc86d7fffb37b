"""A training script for SageMaker's scikit-learn container, written against its public contract only: a decision tree on a CSV with the class first."""
import argparse
import os

import joblib
import pandas as pd
from sklearn import tree

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--max_leaf_nodes", type=int, default=-1)
    parser.add_argument("--output-data-dir", type=str, default=os.environ["SM_OUTPUT_DATA_DIR"])
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    args = parser.parse_args()

    files = [os.path.join(args.train, name) for name in os.listdir(args.train)]
    if not files:
        raise ValueError(f"There are no files in {args.train}: is the channel named train?")
    data = pd.concat([pd.read_csv(file, header=None) for file in files])
    classes, features = data.iloc[:, 0], data.iloc[:, 1:]

    model = tree.DecisionTreeClassifier(max_leaf_nodes=args.max_leaf_nodes).fit(features, classes)
    print(f"accuracy={model.score(features, classes):.4f};")
    joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
