"""Processing jobs through the sagemaker Python SDK v2: SKLearnProcessor, ScriptProcessor and FrameworkProcessor."""
import os

import sagemaker
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn.estimator import SKLearn
from sagemaker.sklearn.processing import SKLearnProcessor

session = sagemaker.Session()
role = sagemaker.get_execution_role()
code = os.path.join(os.path.dirname(__file__), "processing")
image = sagemaker.image_uris.retrieve("sklearn", session.boto_region_name, version="1.2-1", instance_type="ml.m5.xlarge")

os.makedirs("data")
with open("data/rows.csv", "w") as file:
    file.writelines(f"{n},{n % 3}\n" for n in range(90))



def run(processor, **kwargs):
    processor.run(
        inputs=[ProcessingInput(source="data", destination="/opt/ml/processing/input/rows", input_name="rows")],
        outputs=[
            ProcessingOutput(source="/opt/ml/processing/train", output_name="train"),
            ProcessingOutput(source="/opt/ml/processing/test", output_name="test"),
        ],
        wait=False,
        logs=False,
        **kwargs,
    )


common = {"role": role, "instance_type": "ml.m5.xlarge", "instance_count": 1, "sagemaker_session": session}


sklearn = SKLearnProcessor(framework_version="1.2-1", **common)
script = ScriptProcessor(image_uri=image, command=["python3"], env={"SEED": "3"}, **common)
framework = FrameworkProcessor(estimator_cls=SKLearn, framework_version="1.2-1", **common)

path = os.path.join(code, "split.py")
run(sklearn, code=path, arguments=["--test-share", "0.2"])
run(script, code=path, arguments=["--test-share", "0.5"])
run(framework, code="split.py", source_dir=code, arguments=["--test-share", "0.1"])

for processor, train_rows in (sklearn, 72), (script, 45), (framework, 81):
    processor.latest_job.wait(logs=False)
    job = processor.latest_job.describe()
    assert job["ProcessingJobStatus"] == "Completed", job
    assert job["ExitMessage"] == f"{train_rows} rows to train on", job
    assert job["ProcessingEndTime"] >= job["ProcessingStartTime"], job
    places = {o["OutputName"]: o["S3Output"]["S3Uri"] for o in job["ProcessingOutputConfig"]["Outputs"]}
    assert places["train"].endswith("/output/train"), places
    text = sagemaker.s3.S3Downloader.read_file(places["train"] + "/rows.csv", sagemaker_session=session)
    assert len(text.splitlines()) == train_rows, text
print("\ndone")
