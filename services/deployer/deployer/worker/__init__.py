"""The Worker that serves an app: a fixed runtime, bound to each deployment's manifest."""

from importlib.resources import files


def runtime_source() -> bytes:
    """The static module that every script carries."""
    return files(__name__).joinpath("runtime.js").read_bytes()
