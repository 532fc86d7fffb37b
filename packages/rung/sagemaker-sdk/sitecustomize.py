"""Makes the sagemaker Python SDK respect AWS_DATA_PATH, as every other AWS client in Python does.

The SDK looks up the address of STS in botocore's endpoint table and, unlike botocore itself, without AWS_DATA_PATH. Python imports this file at its
start, because `rung env --sagemaker-sdk` puts its folder on PYTHONPATH. Nothing is imported that the program does not import itself.
"""
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


class _LoadersFinder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname != "botocore.loaders":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            create = module.create_loader
            module.create_loader = lambda search_path_string=None: create(search_path_string or os.environ.get("AWS_DATA_PATH"))

        spec.loader.exec_module = exec_module
        return spec


def _run_shadowed():
    """This file stands before any other sitecustomize on the path; that one has its turn as well."""
    others = [entry for entry in sys.path if os.path.abspath(entry) != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.meta_path.insert(0, _LoadersFinder())
_run_shadowed()
