"""TensorFlow SavedModels, with the request and answer forms of TensorFlow Serving's REST interface."""
import base64
import json
import os

from . import codecs
from .frameworks import ModelError, ScikitLearn, no_default


class Asked:
    """A decoded request: arrays by input name, and the form that the answer takes."""

    def __init__(self, value, columns):
        self.value = value
        self.columns = columns


class TensorFlow(ScikitLearn):
    title = "TensorFlow"
    expected = "a SavedModel (a folder with saved_model.pb)"

    @classmethod
    def is_in(cls, folder):
        return _saved_model(folder) is not None

    def load(self, folder):
        path = _saved_model(folder)
        if path is None:
            raise ModelError(no_default(self, folder))
        import tensorflow

        loaded = tensorflow.saved_model.load(path)
        name = os.environ.get("SAGEMAKER_TFS_SIGNATURE", "serving_default")
        if name not in loaded.signatures:
            raise ModelError(
                f"The SavedModel has no signature {name}; it has {', '.join(loaded.signatures) or 'none'}. Export it with signatures=."
            )
        # The module must be kept: its variables go with it.
        return loaded, loaded.signatures[name]

    def decode(self, body, content_type):
        kind = codecs.media_type(content_type)
        if kind == codecs.JSON:
            document = json.loads(body)
            if isinstance(document, dict) and "inputs" in document:
                return Asked(document["inputs"], columns=True)
            if isinstance(document, dict) and "instances" in document:
                return Asked(document["instances"], columns=False)
            return Asked(document if isinstance(document, list) else [document], columns=False)
        return Asked(codecs.decode(body, content_type), columns=False)

    def decode_rows(self, body, content_type):
        asked = self.decode(body, content_type)
        if codecs.media_type(content_type) == codecs.CSV and getattr(asked.value, "ndim", 2) == 1:
            asked.value = asked.value.reshape(1, -1)
        return asked

    def predict(self, data, model):
        _, signature = model
        if not isinstance(data, Asked):
            data = Asked(data, columns=False)
        inputs = signature.structured_input_signature[1]
        outputs = signature(**_tensors(data, inputs))
        arrays = {name: tensor.numpy() for name, tensor in outputs.items()}
        if data.columns:
            return {"outputs": _columns(arrays)}
        return {"predictions": _rows(arrays)}

    def batchable(self, model):
        return False

    def encode(self, prediction, content_type):
        if codecs.media_type(content_type) == codecs.JSON or not isinstance(prediction, dict):
            return codecs.encode(prediction, content_type)
        return codecs.encode(prediction.get("predictions", prediction.get("outputs")), content_type)


def _saved_model(folder):
    """Where saved_model.pb lies; of several versions (folders with numbers) the newest."""
    found = [where for where, _, files in os.walk(folder) if "saved_model.pb" in files]
    number = lambda path: int(os.path.basename(path)) if os.path.basename(path).isdigit() else -1  # noqa: E731
    return max(found, key=number, default=None)


def _tensors(asked, inputs):
    import tensorflow

    names = list(inputs)
    value = asked.value
    if asked.columns:
        columns = value if isinstance(value, dict) else {names[0]: value}
    elif len(value) > 0 and isinstance(value[0], dict) and "b64" not in value[0]:
        columns = {name: [row.get(name) for row in value] for name in names}
    else:
        columns = {names[0]: value}
    missing = [name for name in names if name not in columns]
    if missing or (len(names) > 1 and len(columns) == 1):
        raise ValueError(f"The model has the inputs {', '.join(names)}; {', '.join(missing)} are missing in the request.")
    return {name: tensorflow.constant(_bytes(columns[name]), dtype=spec.dtype) for name, spec in inputs.items()}


def _bytes(value):
    """{"b64": text} stands for bytes, anywhere."""
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    return [_bytes(item) for item in value] if isinstance(value, list) else value


def _columns(arrays):
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays


def _rows(arrays):
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    names = list(arrays)
    return [dict(zip(names, row)) for row in zip(*arrays.values())]
