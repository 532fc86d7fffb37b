"""
What a framework does where the user's program says nothing: how the model folder is loaded, and the defaults of input_fn, predict_fn and
output_fn. A class per framework, the same members in each.
"""
import os

from . import codecs


class ModelError(Exception):
    """The model folder cannot be served as it is; the text says what to change."""


class ScikitLearn:
    title = "scikit-learn"
    # Names of model files end with one of `suffixes`; those of `marks` tell the framework, too.
    suffixes = marks = (".joblib", ".pkl", ".pickle", ".skops")
    expected = "one .joblib, .pkl or .skops file"

    @classmethod
    def is_in(cls, folder):
        return len(_named(folder, cls.marks)) > 0

    def load(self, folder):
        return _load_pickled(find_one(self, folder, ("model.joblib", "model.pkl", "model.skops")))

    def decode(self, body, content_type):
        """As the toolkit: text becomes float32."""
        array = codecs.decode(body, content_type)
        return array.astype("float32") if codecs.media_type(content_type) in codecs.TEXT_TYPES else array

    def decode_rows(self, body, content_type):
        """For our own predict: always rows, so that a CSV of one line is one row."""
        import numpy

        if codecs.media_type(content_type) == codecs.CSV:
            rows = codecs.csv_rows(body)
            if rows is not None:
                return numpy.array(rows, dtype="float32")
        array = self.decode(body, content_type)
        return array.reshape(1, -1) if getattr(array, "ndim", 2) == 1 else array

    def predict(self, data, model):
        predict = getattr(model, "predict", None)
        if predict is None:
            raise ModelError(f"The model is a {type(model).__name__} and has no predict method. Write a predict_fn.")
        return predict(data)

    def batchable(self, model):
        """Whether rows of several requests may be predicted in one call: an estimator's prediction of a row depends on that row alone."""
        return hasattr(model, "predict")

    encode = staticmethod(codecs.encode)


class XGBoost(ScikitLearn):
    title = "XGBoost"
    # A .json or .bin file may be anything.
    marks = (".ubj", ".xgb", "xgboost-model")
    suffixes = (".json", ".ubj", ".bin", ".model", ".xgb", ".pkl", ".pickle", ".joblib", "xgboost-model")
    expected = "a file xgboost-model, or one .json, .ubj, .bin, .model or .pkl file"

    def load(self, folder):
        import xgboost

        path = find_one(self, folder, ("xgboost-model", "xgboost-model.json", "model.json", "model.ubj"))
        if path.endswith((".pkl", ".pickle", ".joblib")):
            return _load_pickled(path)
        booster = xgboost.Booster()
        try:
            booster.load_model(path)
        except xgboost.core.XGBoostError as error:
            with open(path, "rb") as file:
                # xgboost-model was a pickle before version 1.3.
                if file.read(1) == b"\x80":
                    return _load_pickled(path)
            raise ModelError(f"{os.path.basename(path)} is no XGBoost model: {str(error).splitlines()[0]}") from error
        return booster

    def decode(self, body, content_type):
        """As the toolkit: a DMatrix."""
        import xgboost

        return xgboost.DMatrix(self.decode_rows(body, content_type))

    def decode_rows(self, body, content_type):
        if codecs.media_type(content_type) in ("text/libsvm", "text/x-libsvm"):
            return _libsvm(body)
        return super().decode_rows(body, content_type)

    def predict(self, data, model):
        import xgboost

        if not isinstance(model, xgboost.Booster):
            return model.predict(data)
        if isinstance(data, xgboost.DMatrix):
            return model.predict(data, validate_features=False)
        if not hasattr(model, "_rung_in_place"):
            # gblinear predicts from a DMatrix only.
            model._rung_in_place = '"name":"gblinear"' not in model.save_config().replace(" ", "")
        if model._rung_in_place:
            return model.inplace_predict(data, validate_features=False)
        return model.predict(xgboost.DMatrix(data), validate_features=False)


class PyTorch(ScikitLearn):
    title = "PyTorch"
    suffixes = marks = (".pt", ".pth")
    expected = "one TorchScript file, model.pt or model.pth"

    def load(self, folder):
        import torch

        path = find_one(self, folder, ("model.pt", "model.pth"))
        try:
            model = torch.jit.load(path, map_location=self._device())
        except RuntimeError as error:
            raise ModelError(
                f"{os.path.basename(path)} is not TorchScript. If it holds a state dict, write a model_fn(model_dir) in code/inference.py that"
                " makes the module and loads it; or save it with torch.jit.script(model).save(...)."
            ) from error
        return model.eval()

    def decode(self, body, content_type):
        import torch

        array = codecs.decode(body, content_type)
        if codecs.media_type(content_type) in codecs.TEXT_TYPES:
            return torch.tensor(array, dtype=torch.float32).to(self._device())
        return torch.from_numpy(array).to(self._device())

    def decode_rows(self, body, content_type):
        data = self.decode(body, content_type)
        return data.reshape(1, -1) if data.ndim == 1 and codecs.media_type(content_type) == codecs.CSV else data

    def predict(self, data, model):
        import torch

        with torch.no_grad():
            return model.to(self._device()).eval()(data.to(self._device()))

    def batchable(self, model):
        """A module may normalise over its batch, or want one shape: only the user can say."""
        return False

    def encode(self, prediction, content_type):
        if hasattr(prediction, "detach"):
            prediction = prediction.detach().cpu().numpy()
        return codecs.encode(prediction, content_type)

    def _device(self):
        import torch

        return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose(name, folder):
    """The framework of that name, else the one whose files lie in the model folder, else scikit-learn."""
    from .tensorflow import TensorFlow

    named = {"scikit-learn": ScikitLearn, "xgboost": XGBoost, "pytorch": PyTorch, "tensorflow": TensorFlow}
    if name in named:
        return named[name]()
    return next((kind() for kind in (TensorFlow, PyTorch, XGBoost) if kind.is_in(folder)), ScikitLearn())


def find_one(framework, folder, preferred):
    names = _named(folder, framework.suffixes)
    for name in preferred:
        if name in names:
            return os.path.join(folder, name)
    if len(names) == 1:
        return os.path.join(folder, names[0])
    raise ModelError(no_default(framework, folder, names))


def no_default(framework, folder, names=()):
    """Why there is no default, what lies there, and the two ways out."""
    if names:
        found = f"there are several: {', '.join(names)}"
    else:
        listed = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        found = f"it holds {', '.join(listed[:8])}" if listed else "it is empty"
    return (
        f"The model cannot be loaded: without a model_fn the {framework.title} server wants {framework.expected} in the model folder, and"
        f" {found}. Put such a file at the top of model.tar.gz, or write model_fn(model_dir) in code/inference.py."
    )


def _named(folder, suffixes):
    """Files at the top of the folder; hidden ones are what archivers leave."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    return [
        name
        for name in names
        if name.endswith(suffixes) and not name.startswith(".") and os.path.isfile(os.path.join(folder, name))
    ]


def _load_pickled(path):
    if path.endswith(".skops"):
        import skops.io

        return skops.io.load(path, trusted=[])
    import joblib

    return joblib.load(path)


def _libsvm(body):
    import numpy
    import scipy.sparse

    indices, values, starts = [], [], [0]
    for line in codecs.text(body).splitlines():
        fields = line.split()
        if not fields:
            continue
        for field in fields[0 if ":" in fields[0] else 1 :]:
            index, _, value = field.partition(":")
            indices.append(int(index))
            values.append(float(value))
        starts.append(len(indices))
    return scipy.sparse.csr_matrix((numpy.array(values, "float32"), indices, starts))
