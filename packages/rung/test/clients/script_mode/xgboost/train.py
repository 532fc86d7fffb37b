"""A training script for SageMaker's XGBoost container in script mode, written against its public contract only."""
import argparse
import json
import os

import pandas as pd
import xgboost as xgb


def read(folder):
    data = pd.concat([pd.read_csv(os.path.join(folder, name), header=None) for name in sorted(os.listdir(folder))])
    return xgb.DMatrix(data.iloc[:, 1:], label=data.iloc[:, 0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--num_round", type=int, required=True)
    parser.add_argument("--eta", type=float, default=0.3)
    parser.add_argument("--objective", type=str, default="binary:logistic")
    parser.add_argument("--model_dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", type=str, default=os.environ.get("SM_CHANNEL_VALIDATION"))
    args = parser.parse_args()

    # What a distributed script asks first.
    hosts = json.loads(os.environ["SM_HOSTS"])
    assert os.environ["SM_CURRENT_HOST"] in hosts, hosts

    train, validation = read(args.train), read(args.validation)
    booster = xgb.train(
        {"objective": args.objective, "eta": args.eta, "eval_metric": "error"},
        train,
        num_boost_round=args.num_round,
        evals=[(train, "train"), (validation, "validation")],
    )
    booster.save_model(os.path.join(args.model_dir, "xgboost-model"))


def model_fn(model_dir):
    booster = xgb.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster
