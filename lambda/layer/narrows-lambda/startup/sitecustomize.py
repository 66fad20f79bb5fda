"""Python runs this before a function's own code, because the wrapper has put its folder in front of PYTHONPATH.

It leaves no trace of that, has the sensor switched on once the runtime is imported, and runs the ``sitecustomize`` that
would have run without it. Any Python can read it; those before 3.10 go on as they are.
"""

# Read by every Python; and pathlib and contextlib would be imported for this alone.
# ruff: noqa: PTH100, PTH118, PTH120, SIM105, UP004

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGES = os.path.join(os.path.dirname(os.path.dirname(_HERE)), "python")
_RUNTIME = "awslambdaric.bootstrap"


class _Finder(object):
    """Finds the runtime as everybody else would, and switches the sensor on when it has been imported."""

    def find_spec(self, name, path=None, target=None):
        if name != _RUNTIME:
            return None
        sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                _after(spec.loader, _switch_on)
                return spec
        return None


def _after(loader, call):
    execute = loader.exec_module

    def exec_module(module):
        execute(module)
        # Its own again: nothing is left of this.
        del loader.exec_module
        call()

    try:
        loader.exec_module = exec_module
    except Exception:
        pass


def _switch_on():
    sys.path.insert(0, _PACKAGES)
    try:
        import narrows_lambda.auto  # noqa: F401
    except Exception:
        pass
    finally:
        try:
            sys.path.remove(_PACKAGES)
        except ValueError:
            pass


def _leave_no_trace():
    """Neither the function nor the processes that it starts find this folder in their paths."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _HERE or not entry]
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    entries = [entry for entry in entries if not entry or os.path.abspath(entry) != _HERE]
    if entries:
        os.environ["PYTHONPATH"] = os.pathsep.join(entries)
    else:
        os.environ.pop("PYTHONPATH", None)


def _run_the_next():
    """The sitecustomize that this one hid; what it raises is Python's to report, as without us."""
    sys.path_importer_cache.pop(_HERE, None)
    this = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", None) != "sitecustomize":
            raise
        if this is not None:
            sys.modules["sitecustomize"] = this


try:
    _leave_no_trace()
    if sys.version_info >= (3, 10) and os.environ.get("AWS_LAMBDA_RUNTIME_API"):
        sys.meta_path.insert(0, _Finder())
except Exception:
    pass
_run_the_next()
