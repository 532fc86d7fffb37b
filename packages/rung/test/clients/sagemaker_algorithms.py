"""The built-in algorithms through the sagemaker Python SDK: its own class where it has one, else a bare Estimator on the image URI."""
import os
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import sagemaker
from sagemaker import KNN, LDA, PCA, FactorizationMachines, RandomCutForest, image_uris
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer, JSONSerializer

session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
rng = np.random.default_rng(5)
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=np.float32)
features, labels = (data[:, 1:] - data[:, 1:].mean(0)) / data[:, 1:].std(0), data[:, 0]
held_out = np.arange(len(data)) % 5 == 4
one = dict(role=role, instance_count=1, instance_type="ml.m5.large", sagemaker_session=session)


def fitted(estimator, inputs, **options):
    estimator.fit(inputs, wait=False, **options)
    # fit() itself looks at the job only every 30 seconds.
    waiter = session.sagemaker_client.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=estimator.latest_training_job.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return estimator


def deployed(estimator, **options):
    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False, **options)
    # deploy() itself looks at the endpoint only every 30 seconds.
    waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=predictor.endpoint_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return predictor


def finish(predictor):
    predictor.delete_model()
    predictor.delete_endpoint()


def values(records, key):
    return np.array([record.label[key].float32_tensor.values for record in records])


def on_image(repository, hyperparameters, channels, version="1"):
    """channels: name -> (content type, text)"""
    estimator = Estimator(
        image_uris.retrieve(repository, session.boto_region_name, version=version),
        hyperparameters=hyperparameters, output_path=f"s3://{bucket}/{repository}", **one
    )
    inputs = {}
    for name, (content_type, text) in channels.items():
        os.makedirs(f"{repository}/{name}")
        with open(f"{repository}/{name}/data", "w") as file:
            file.write(text)
        uri = session.upload_data(f"{repository}/{name}/data", bucket=bucket, key_prefix=f"{repository}/{name}")
        inputs[name] = TrainingInput(uri, content_type=content_type)
    return fitted(estimator, inputs)


def pca():
    estimator = PCA(num_components=2, **one)
    fitted(estimator, estimator.record_set(features), mini_batch_size=100)
    predictor = deployed(estimator)
    found = values(predictor.predict(features), "projection")
    finish(predictor)
    singular = np.linalg.svd(features - features.mean(0), compute_uv=False)[:2]
    # In ascending order of singular values.
    assert np.allclose(sorted(np.linalg.norm(found, axis=0), reverse=True), singular, rtol=1e-3), singular


def knn():
    estimator = KNN(k=5, sample_size=455, predictor_type="classifier", **one)
    fitted(estimator, estimator.record_set(features[~held_out], labels=labels[~held_out]), mini_batch_size=100)
    predictor = deployed(estimator)
    found = values(predictor.predict(features[held_out]), "predicted_label")[:, 0]
    finish(predictor)
    assert np.mean(found == labels[held_out]) > 0.9


def factorization_machines():
    estimator = FactorizationMachines(num_factors=4, predictor_type="binary_classifier", epochs=60, linear_lr=0.01, factors_lr=0.01, **one)
    fitted(estimator, estimator.record_set(features[~held_out], labels=labels[~held_out]), mini_batch_size=100)
    predictor = deployed(estimator, serializer=JSONSerializer(), deserializer=JSONDeserializer())
    rows = [{"features": row.tolist()} for row in features[held_out]]
    found = [row["predicted_label"] for row in predictor.predict({"instances": rows})["predictions"]]
    finish(predictor)
    assert np.mean(np.array(found) == labels[held_out]) > 0.9


def randomcutforest():
    rows = np.vstack([rng.normal(size=(500, 3)), np.full((2, 3), 12)]).astype(np.float32)
    estimator = RandomCutForest(num_samples_per_tree=128, num_trees=60, **one)
    fitted(estimator, estimator.record_set(rows))
    predictor = deployed(estimator)
    scores = values(predictor.predict(rows), "score")[:, 0]
    finish(predictor)
    assert set(np.argsort(scores)[-2:]) == {500, 501}, np.argsort(scores)[-5:]


def ipinsights():
    users = [f"user_{user}" for user in range(40)]
    lines = [f"{name},10.{index}.{rng.integers(4)}.{rng.integers(256)}" for index, name in enumerate(users) for _ in range(60)]
    rng.shuffle(lines)
    hyperparameters = {"num_entity_vectors": 200, "vector_dim": 16, "epochs": 12, "learning_rate": 0.01, "mini_batch_size": 200}
    estimator = on_image("ipinsights", hyperparameters, {"train": ("text/csv", "\n".join(lines) + "\n")})
    predictor = deployed(estimator, serializer=CSVSerializer(), deserializer=JSONDeserializer())
    own = predictor.predict("\n".join(f"user_{user},10.{user}.1.7" for user in range(40)))["predictions"]
    other = predictor.predict("\n".join(f"user_{user},10.{(user + 19) % 40}.1.7" for user in range(40)))["predictions"]
    finish(predictor)
    wins = np.mean([a["dot_product"] > b["dot_product"] for a, b in zip(own, other)])
    assert wins > 0.9, wins


def lda():
    topics = np.kron(np.eye(3), np.ones((1, 10))) / 10
    counts = np.array([rng.multinomial(80, topics[document % 3]) for document in range(120)], dtype=np.float32)
    estimator = LDA(num_topics=3, alpha0=0.1, **{key: value for key, value in one.items() if key != "instance_count"})
    fitted(estimator, estimator.record_set(counts), mini_batch_size=120)
    predictor = deployed(estimator)
    mixtures = values(predictor.predict(counts), "topic_mixture")
    finish(predictor)
    best = mixtures.argmax(1)
    assert len({best[0], best[1], best[2]}) == 3 and np.mean(best == np.tile(best[:3], 40)) > 0.95


def blazingtext():
    words = [["apple", "pear", "plum", "fig"], ["piston", "wheel", "brake", "axle"]]
    lines = [f"__label__{'fruit' if kind == 0 else 'car'} " + " ".join(rng.choice(words[kind], 6)) for kind in rng.integers(2, size=400)]
    estimator = on_image("blazingtext", {"mode": "supervised", "epochs": 10, "min_count": 2, "vector_dim": 16}, {"train": ("text/plain", "\n".join(lines) + "\n")})
    predictor = deployed(estimator, serializer=JSONSerializer(), deserializer=JSONDeserializer())
    answer = predictor.predict({"instances": ["pear fig apple", "brake axle"], "configuration": {"k": 1}})
    finish(predictor)
    assert [row["label"] for row in answer] == [["__label__fruit"], ["__label__car"]], answer


def xgboost():
    def csv(rows):
        return "".join(",".join(f"{value:.6g}" for value in row) + "\n" for row in rows)

    table = np.column_stack([labels, features])
    hyperparameters = {"objective": "binary:logistic", "num_round": 20, "max_depth": 4}
    channels = {"train": ("text/csv", csv(table[~held_out])), "validation": ("text/csv", csv(table[held_out]))}
    estimator = on_image("xgboost", hyperparameters, channels, version="1.7-1")
    predictor = deployed(estimator, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    answer = np.array(predictor.predict(features[held_out]), dtype=float).ravel()
    finish(predictor)
    assert np.mean((answer > 0.5) == labels[held_out]) > 0.93


def attempt(work):
    try:
        work()
        return None
    except Exception:
        return f"{work.__name__}:\n{traceback.format_exc()}"


everything = [pca, knn, factorization_machines, randomcutforest, ipinsights, lda, blazingtext, xgboost]
asked = [work for work in everything if len(sys.argv) < 3 or work.__name__ in sys.argv[2:]]
with ThreadPoolExecutor(3) as pool:
    failures = [failure for failure in pool.map(attempt, asked) if failure]
print("\n".join(failures))
print("\ndone" if not failures else f"\n{len(failures)} failed")
sys.exit(1 if failures else 0)
