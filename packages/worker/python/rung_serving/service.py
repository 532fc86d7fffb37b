"""The user's handlers, run as SageMaker's inference toolkit runs them: which are used, what they are given, what they may answer."""
import importlib
import importlib.util
import inspect
import os
import sys
import traceback

from . import codecs
from .frameworks import ModelError, choose

HANDLERS = ("input_fn", "predict_fn", "output_fn")


class Settings:
    """What the environment says, read once."""

    def __init__(self, environment):
        self.model_dir = environment.get("RUNG_MODEL_DIR") or os.path.join(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "model")
        self.code_dir = environment.get("RUNG_CODE_DIR", "")
        self.program = environment.get("SAGEMAKER_PROGRAM") or "inference.py"
        self.framework = environment.get("RUNG_ENVIRONMENT", "").removeprefix("huggingface-")
        self.accept = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or codecs.JSON
        self.module = self.program[:-3] if self.program.endswith(".py") else self.program


class Context:
    """The last argument of handlers that take one more than the toolkit's usual ones."""

    def __init__(self, model_dir):
        self.system_properties = {"model_dir": model_dir, "gpu_id": None}
        self.manifest = {}
        self.request = None

    def get_request_header(self, index, name):
        return self._headers().get(name.lower())

    def get_all_request_header(self, index):
        return self._headers()

    def _headers(self):
        if self.request is None:
            return {}
        return {
            "content-type": self.request.content_type,
            "accept": self.request.accept,
            "x-amzn-sagemaker-custom-attributes": self.request.attributes,
        }


class HandlerFailed(Exception):
    """A handler did not answer as it should; the text names it."""

    def __init__(self, message, status=500):
        self.status_code = status
        super().__init__(message)


class Service:
    """A loaded model and its handlers."""

    def __init__(self, settings):
        self._settings = settings
        self._context = Context(settings.model_dir)
        self._framework = choose(settings.framework, settings.model_dir)
        module = _user_module(settings)
        self._transform = self._handler(module, "transform_fn", 4)
        own = {name: getattr(module, name, None) for name in HANDLERS}
        if self._transform is not None and any(own.values()):
            raise ModelError(
                "Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, and/or output_fn implementation"
            )
        framework = self._framework
        self._predict = self._handler(module, "predict_fn", 2) or framework.predict
        # A predict_fn of the user's gets exactly what the toolkit would give it; our own always gets rows.
        ours = framework.decode if own["predict_fn"] else framework.decode_rows
        self._input = self._handler(module, "input_fn", 2) or ours
        self._output = self._handler(module, "output_fn", 2)
        self._takes_bytes = own["input_fn"] is None and own["predict_fn"] is not None
        load = self._handler(module, "model_fn", 1) or framework.load
        before = self._handler(module, "pre_model_fn", 1)
        warm_up = self._handler(module, "model_warmup_fn", 2)
        if before is not None:
            before(settings.model_dir)
        self._model = load(settings.model_dir)
        if warm_up is not None:
            warm_up(settings.model_dir, self._model)
        defaults = self._transform is None and not any(own.values())
        self.description = _describe(module, implicit=defaults and framework.batchable(self._model), explicit=self._transform is None)

    def answer(self, requests):
        """(status, content type, body) for each request. Never raises."""
        if len(requests) == 1:
            return [self._alone(requests[0])]
        return self._together(requests)

    def _alone(self, request):
        try:
            accept = self._accept(request)
            if self._transform is not None:
                body, kind = self._body(request)
                return self._encoded("transform_fn", self._run("transform_fn", request, self._transform, self._model, body, kind, accept), accept)
            prediction = self._run("predict_fn", request, self._predict, self._decoded(request), self._model)
            return self._finished(request, prediction, accept)
        except HandlerFailed as failure:
            return _refusal(failure)

    def _together(self, requests):
        """One predict for all whose data can be joined by rows; each by itself where that cannot be or fails."""
        import numpy

        answers = [None] * len(requests)
        groups = {}
        for index, request in enumerate(requests):
            try:
                data = self._decoded(request)
            except HandlerFailed as failure:
                answers[index] = _refusal(failure)
                continue
            if isinstance(data, numpy.ndarray) and data.ndim > 1 and len(data) > 0:
                groups.setdefault((data.dtype, data.shape[1:]), []).append((index, data))
            else:
                answers[index] = self._predicted(requests[index], data)
        for members in groups.values():
            predictions = self._joined(requests, members)
            for place, (index, data) in enumerate(members):
                if predictions is None:
                    answers[index] = self._predicted(requests[index], data)
                    continue
                try:
                    answers[index] = self._finished(requests[index], predictions[place], self._accept(requests[index]))
                except HandlerFailed as failure:
                    answers[index] = _refusal(failure)
        return answers

    def _joined(self, requests, members):
        """The predictions of each member, or None when they have to be asked for one by one."""
        import numpy

        if len(members) == 1:
            return None
        self._context.request = requests[members[0][0]]
        try:
            prediction = self._predict(numpy.concatenate([data for _, data in members]), self._model)
            if len(prediction) != sum(len(data) for _, data in members):
                return None
        except Exception:
            return None  # told when the one that is to blame is asked alone
        slices, at = [], 0
        for _, data in members:
            slices.append(prediction[at : at + len(data)])
            at += len(data)
        return slices

    def _predicted(self, request, data):
        try:
            return self._finished(request, self._run("predict_fn", request, self._predict, data, self._model), self._accept(request))
        except HandlerFailed as failure:
            return _refusal(failure)

    def _finished(self, request, prediction, accept):
        if self._output is not None:
            return self._encoded("output_fn", self._run("output_fn", request, self._output, prediction, accept), accept)
        try:
            kind = codecs.accepted(accept, self._settings.accept)
        except codecs.UnsupportedFormatError as error:
            raise HandlerFailed(str(error), error.status_code) from error
        return self._encoded("output_fn", (self._run("output_fn", request, self._framework.encode, prediction, kind), kind), kind)

    def _decoded(self, request):
        body, kind = self._body(request)
        if self._takes_bytes and codecs.media_type(kind) == codecs.OCTET_STREAM:
            return body
        return self._run("input_fn", request, self._input, body, kind)

    def _body(self, request):
        kind = request.content_type or codecs.JSON
        if codecs.media_type(kind) not in codecs.TEXT_TYPES:
            return request.body, kind
        try:
            return request.body.decode("utf-8"), kind
        except UnicodeDecodeError as error:
            raise HandlerFailed(f"The body is {kind} and not valid UTF-8.", 400) from error

    def _accept(self, request):
        return self._settings.accept if request.accept in ("", "*/*") else request.accept

    def _run(self, name, request, function, *arguments):
        self._context.request = request
        try:
            return function(*arguments)
        except codecs.UnsupportedFormatError as error:
            raise HandlerFailed(str(error), error.status_code) from error
        except (Exception, SystemExit) as error:
            _log(name, error)
            status = getattr(error, "status_code", 500)
            said = f"{name} called sys.exit({error.code})" if isinstance(error, SystemExit) else f"{name} failed: {_one_line(error)}"
            raise HandlerFailed(said, status if isinstance(status, int) and 400 <= status < 600 else 500) from error

    def _encoded(self, name, result, accept):
        kind = accept
        if isinstance(result, tuple) and len(result) == 2:
            result, kind = result
        if not isinstance(result, (str, bytes, bytearray, memoryview)) and hasattr(result, "get_data"):
            result, kind = result.get_data(), getattr(result, "mimetype", kind)  # a Flask response, as older examples make
        if isinstance(result, str):
            result = result.encode("utf-8")
        if not isinstance(result, (bytes, bytearray, memoryview)):
            raise HandlerFailed(f"{name} answered a {type(result).__name__}: it must return str, bytes, or a tuple (body, content type)")
        if not isinstance(kind, str) or not kind.isprintable() or kind == "":
            raise HandlerFailed(f"{name} answered {kind!r} as content type: it must be text such as application/json")
        return 200, kind, result

    def _handler(self, module, name, arguments):
        """The user's function, given the context as well when it takes one argument more; None when there is none."""
        function = getattr(module, name, None)
        if function is None:
            return None
        if not callable(function):
            raise ModelError(f"{name} of {module.__file__} is not a function")
        try:
            taken = len(inspect.signature(function).parameters)
        except (TypeError, ValueError):
            return function  # built in C: it knows itself what it takes
        if taken == arguments:
            return function
        if taken == arguments + 1:
            return lambda *given: function(*given, self._context)
        raise ModelError(f"{name} takes {taken} arguments but {arguments} were given.")


def _user_module(settings):
    if settings.code_dir:
        sys.path.insert(0, settings.code_dir)
    if not settings.module or importlib.util.find_spec(settings.module) is None:
        return None
    return importlib.import_module(settings.module)


def _describe(module, implicit, explicit):
    """How requests may be joined: by our own handlers always, by the user's when the module says MAX_BATCH_SIZE."""
    size = getattr(module, "MAX_BATCH_SIZE", None) if explicit else None
    parameters = getattr(module, "execution_parameters_fn", None)
    return {
        "implicit": implicit,
        **({"max_batch_size": int(size)} if size is not None else {}),
        "batchable": explicit,
        "max_batch_delay_ms": float(getattr(module, "MAX_BATCH_DELAY_MS", 0)),
        **({"execution_parameters": parameters()} if callable(parameters) else {}),
    }


def _refusal(failure):
    return failure.status_code, "text/plain", str(failure).encode("utf-8")


def _one_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:500]}" if lines else type(error).__name__


def _log(name, error):
    """The trace from the user's own code on, its last lines only."""
    here = os.path.dirname(__file__)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename.startswith(here):
        trace = trace.tb_next
    lines = "".join(traceback.format_exception(type(error), error, trace)).rstrip().splitlines()
    print("\n".join([f"{name} failed:", *lines[-20:]]), file=sys.stderr, flush=True)
