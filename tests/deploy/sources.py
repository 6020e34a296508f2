"""What the code says about errors and metrics, found without running a service."""

import importlib
import pkgutil
from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from common.errors import AppError


def errors(package: str) -> dict[str, set[int]]:
    """Codes of the package's own errors, with their statuses."""
    for module in _modules(package):
        importlib.import_module(module)
    found: dict[str, set[int]] = {}
    for kind in _subclasses(AppError):
        if kind.__module__.split(".")[0] == package:
            found.setdefault(kind.code, set()).add(kind.status)
    return found


def metrics(package: str) -> dict[str, set[str]]:
    """Names of metrics as Prometheus shows them, with their labels."""
    found: dict[str, set[str]] = {}
    for value in vars(importlib.import_module(f"{package}.metrics")).values():
        if isinstance(value, MetricWrapperBase):
            (described,) = value.describe()
            name = f"{described.name}_total" if described.type == "counter" else described.name
            found[name] = set(value._labelnames)
    return found


def _modules(package: str) -> Iterator[str]:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not {"testing", "migrations", "__main__"} & set(module.name.split(".")):
            yield module.name


def _subclasses(kind: type[AppError]) -> Iterator[type[AppError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _subclasses(below)
