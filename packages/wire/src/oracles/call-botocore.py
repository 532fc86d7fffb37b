"""Calls a server of this package's protocols with botocore, and prints as JSON what it read: one object for each call."""

import json
import sys

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

calls = json.load(sys.stdin)
session = botocore.session.Session()
print(json.dumps({"version": botocore.__version__}))
for call in calls:
    client = session.create_client(
        call["service"],
        region_name="us-east-1",
        endpoint_url=call["endpoint"],
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    try:
        answer = getattr(client, call["method"])(**call["input"])
        answer["ResponseMetadata"] = {"RequestId": answer["ResponseMetadata"].get("RequestId")}
        for name, value in answer.items():
            if hasattr(value, "read"):
                answer[name] = value.read().decode()
            elif type(value).__name__ == "EventStream":
                answer[name] = [event["PayloadPart"]["Bytes"].decode() for event in value]
    except ClientError as error:
        answer = {"Error": error.response["Error"], "Status": error.response["ResponseMetadata"]["HTTPStatusCode"]}
    print(json.dumps(answer, default=lambda value: value.isoformat() if hasattr(value, "isoformat") else str(value)))
