"""No pattern takes more than time linear in what it is given: users, models and builds choose that text."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import builder
import common
import data
import deployer
import orchestrator
import templates
from tests.house.attacks import attacks

PACKAGES = (builder, common, data, deployer, orchestrator, templates)
SIZES = (16, 32, 64, 128, 256, 1_024, 4_096)
"""Characters; from a few on, as the cost of the worst patterns grows beyond all measure."""
TOLERATED = 9.0
"""Four times the text costs four times the work when the work is linear, 16 times when it is quadratic."""
CHEAP = 0.000_5
"""Seconds of processor time that a linear search of the longest text does not take, by far."""
TRIES = 5


def test_the_patterns_of_all_services_are_linear() -> None:
    slow = [f"{name}: {attack!r}" for name, pattern in patterns() for attack in superlinear(pattern)]
    assert not slow


def test_the_services_patterns_are_found() -> None:
    names = {name for name, _ in patterns()}
    assert {"orchestrator.domain.placeholders._COMMENT", "builder.domain.imports._UNRESOLVED"} <= names


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\s*(?://+|#).*\.\.\..*\b(?:existing|rest)\b",
        r"<(script|style)\b.*?</\1>",
        r"(?:a+)+$",
        r"^\s*keep\s+.*\bcode\b.*\bhere\b",
        r"\s*\)?\s*$",
    ],
)
def test_a_pattern_that_backtracks_is_seen(pattern: str) -> None:
    assert next(superlinear(re.compile(pattern)), None)


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every compiled pattern that a module keeps, also in a tuple, list or mapping."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__") or ".migrations" in module.name:
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                values = value.values() if isinstance(value, Mapping) else value
                several = values if isinstance(value, tuple | list | Mapping) else (value,)
                yield from ((f"{module.name}.{name}", one) for one in several if isinstance(one, re.Pattern))


def superlinear(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """The attacks whose cost grows clearly faster than their length, with search and with fullmatch."""
    for attack in attacks(pattern):
        if any(
            cost(method, attack, size) > CHEAP and grows(method, attack, size)
            for method in (pattern.search, pattern.fullmatch)
            for size in SIZES
        ):
            yield attack


def grows(method: Callable[[Any], object], attack: tuple[str, str, str], size: int) -> bool:
    """Measured several times: what else the processor does can only make a single run look dearer."""
    long = min(cost(method, attack, size) for _ in range(TRIES))
    short = min(cost(method, attack, size // 4) for _ in range(TRIES))
    return long > CHEAP and long > TOLERATED * short


def cost(method: Callable[[Any], object], attack: tuple[str, str, str], size: int) -> float:
    """Seconds of this thread's processor time."""
    lead, part, end = attack
    text = lead + part * (size // len(part)) + end
    pattern = getattr(method, "__self__").pattern  # noqa: B009  # a bound method's pattern
    subject: Any = text if isinstance(pattern, str) else text.encode()
    began = time.thread_time()
    method(subject)
    return time.thread_time() - began
