"""Splits rows into a training and a test set, where SageMaker's examples put them."""
import argparse
import json
import os

import pandas as pd
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--test-share", type=float, default=0.3)
args = parser.parse_args()

with open("/opt/ml/config/resourceconfig.json") as file:
    assert json.load(file)["current_host"] == "algo-1"
with open("/opt/ml/config/processingjobconfig.json") as file:
    assert {each["InputName"] for each in json.load(file)["ProcessingInputs"]} >= {"rows", "code"}

rows = pd.read_csv("/opt/ml/processing/input/rows/rows.csv", header=None)
train, test = train_test_split(rows, test_size=args.test_share, random_state=int(os.environ.get("SEED", 0)))
train.to_csv("/opt/ml/processing/train/rows.csv", header=False, index=False)
test.to_csv("/opt/ml/processing/test/rows.csv", header=False, index=False)
with open("/opt/ml/output/message", "w") as file:
    file.write(f"{len(train)} rows to train on")
