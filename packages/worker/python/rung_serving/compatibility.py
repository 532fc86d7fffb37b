"""
Modules that handlers written for SageMaker's containers import: their content types, encoders and responses, where the environment lacks them.
"""
import importlib.util
import sys
import types

from . import codecs


def install():
    if importlib.util.find_spec("sagemaker_inference") is None:
        sys.meta_path.append(_Finder("sagemaker_inference", _inference))
    if importlib.util.find_spec("sagemaker_containers") is None:
        sys.meta_path.append(_Finder("sagemaker_containers", _containers))


class Response:
    """`sagemaker_containers.beta.framework.worker.Response`"""

    def __init__(self, response=None, status=None, accept=None, mimetype=None, **_):
        # The older toolkit took the accepted type second, and examples give it by either name.
        self.mimetype = mimetype or accept or (status if isinstance(status, str) else codecs.JSON)
        self._data = response

    def get_data(self):
        return self._data


class _Finder:
    """Makes the modules at the first import of one of them."""

    def __init__(self, name, make):
        self._name, self._make = name, make
        self._modules = None

    def find_spec(self, name, path=None, target=None):
        if name != self._name and not name.startswith(f"{self._name}."):
            return None
        modules = self._modules = self._modules or self._made()
        if name not in modules:
            return None
        return importlib.util.spec_from_loader(name, _Loader(modules), is_package=any(full.startswith(f"{name}.") for full in modules))

    def _made(self):
        modules = {self._name: types.ModuleType(self._name), **self._make()}
        for full, module in modules.items():
            parent, _, last = full.rpartition(".")
            if parent:
                setattr(modules[parent], last, module)
        return modules


class _Loader:
    def __init__(self, modules):
        self._modules = modules

    def create_module(self, spec):
        return self._modules[spec.name]

    def exec_module(self, module):
        """Made already."""


def _module(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    return module


def _content_types(name):
    return _module(
        name,
        JSON=codecs.JSON,
        JSONLINES=codecs.JSON_LINES,
        CSV=codecs.CSV,
        NPY=codecs.NPY,
        NPZ=codecs.NPZ,
        OCTET_STREAM=codecs.OCTET_STREAM,
        ANY="*/*",
        UTF8_TYPES=[codecs.JSON, codecs.CSV],
    )


def _errors(name):
    return _module(name, UnsupportedFormatError=codecs.UnsupportedFormatError)


def _inference():
    root = "sagemaker_inference"
    return {
        f"{root}.content_types": _content_types(f"{root}.content_types"),
        f"{root}.decoder": _module(f"{root}.decoder", decode=codecs.decode),
        f"{root}.encoder": _module(f"{root}.encoder", encode=codecs.encode, SUPPORTED_CONTENT_TYPES={codecs.JSON, codecs.CSV, codecs.NPY}),
        f"{root}.errors": _errors(f"{root}.errors"),
    }


def _containers():
    root = "sagemaker_containers"
    framework = f"{root}.beta.framework"
    return {
        f"{root}.beta": types.ModuleType(f"{root}.beta"),
        framework: types.ModuleType(framework),
        f"{framework}.content_types": _content_types(f"{framework}.content_types"),
        f"{framework}.encoders": _module(f"{framework}.encoders", decode=codecs.decode, encode=codecs.encode),
        f"{framework}.errors": _errors(f"{framework}.errors"),
        f"{framework}.worker": _module(f"{framework}.worker", Response=Response),
    }
