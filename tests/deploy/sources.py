"""What the code says about events, errors and metrics, found without running a service."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from common.errors import AppError
from orchestrator.domain.runs import FINAL
from tests.house.files import ROOT

ORCHESTRATOR = ROOT / "services/orchestrator/orchestrator"


def stored_events() -> dict[str, set[str]]:
    """Types of stored events with the names in their data, as far as they stand in the code."""
    found: dict[str, set[str]] = {}
    for function in _functions(ORCHESTRATOR):
        for call in _calls(function, "append"):
            arguments = {keyword.arg: keyword.value for keyword in call.keywords}
            if "kind" in arguments and "data" in arguments:
                names = _names(arguments["data"], function)
                for kind in _kinds(arguments["kind"]):
                    found.setdefault(kind, set()).update(names)
    return found


def passing_events() -> set[str]:
    """Types of events that are sent and not stored."""
    live = {
        str(keyword.value.value)
        for function in _functions(ORCHESTRATOR)
        for call in _calls(function, "LiveEvent")
        for keyword in call.keywords
        if keyword.arg == "event" and isinstance(keyword.value, ast.Constant)
    }
    relayed = {
        str(argument.value)
        for function in _functions(ORCHESTRATOR)
        if function.name == "hear_log_line"
        for call in _calls(function, "Happening")
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    return live | relayed


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


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(folder: Path) -> Iterator[Function]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield node


def _calls(function: Function, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node


def _kinds(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    assert ast.unparse(node) == "f'run.{state}'", "teach this test about another computed type of event"
    return [f"run.{state}" for state in FINAL]


def _names(node: ast.expr, function: Function) -> set[str]:
    """The keys of a dict, also through the function's variables; what comes from elsewhere is left out."""
    if isinstance(node, ast.Dict):
        inner = (
            _names(value, function) for key, value in zip(node.keys, node.values, strict=True) if key is None
        )
        return {str(key.value) for key in node.keys if isinstance(key, ast.Constant)}.union(*inner)
    if isinstance(node, ast.Name):
        values = [value for target, value in _assignments(function) if ast.unparse(target) == node.id]
        keys = {
            str(target.slice.value)
            for target, _ in _assignments(function)
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)
            if ast.unparse(target.value) == node.id
        }
        return keys.union(*(_names(value, function) for value in values))
    return set()


def _assignments(function: Function) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value
