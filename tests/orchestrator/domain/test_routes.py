"""Which vendor a model is of, and which models a run may ask in which order."""

import pytest

from orchestrator.domain.routes import Routes, parse_route, vendor_of


@pytest.mark.parametrize(
    ("model", "vendor", "name"),
    [
        ("claude-sonnet-5-5", "anthropic", "claude-sonnet-5-5"),
        ("gpt-6.1-sol", "openai", "gpt-6.1-sol"),
        ("qwen3-coder:30b", "openai", "qwen3-coder:30b"),
        ("anthropic/qwen3-coder", "anthropic", "qwen3-coder"),
        ("openai/claude-like", "openai", "claude-like"),
        ("openai/openai/gpt-oss-120b", "openai", "openai/gpt-oss-120b"),
        ("meta/llama-9", "openai", "meta/llama-9"),
    ],
)
def test_the_vendor_is_known_by_the_name_or_stands_before_it(model: str, vendor: str, name: str) -> None:
    assert vendor_of(model) == (vendor, name)


def test_a_route_is_a_list_with_commas() -> None:
    assert parse_route(" a, b,,a ,c ") == ("a", "b", "c")
    assert parse_route("") == ()


ROUTES = Routes(generate=("a", "b", "c"), repair=("r", "b", "s"))


@pytest.mark.parametrize(
    ("own", "repairing", "pinned", "expected"),
    [
        ("own", False, None, ("own", "a", "b", "c")),
        ("b", False, None, ("b", "a", "c")),
        ("own", True, None, ("r", "b", "s")),
        ("own", False, "a", ("a", "b", "c")),
        ("own", False, "c", ("c",)),
        ("own", True, "b", ("b", "s")),
        ("own", True, "a", ("a", "b", "c")),
        ("own", False, "gone", ("gone",)),
        ("own", True, "gone", ("gone",)),
    ],
)
def test_the_models_of_a_run(
    own: str, repairing: bool, pinned: str | None, expected: tuple[str, ...]
) -> None:
    assert ROUTES.models(own, repairing=repairing, pinned=pinned) == expected


def test_repairs_without_a_route_are_the_run_s_own_model_s() -> None:
    assert Routes(generate=("a",)).models("own", repairing=True, pinned=None) == ("own", "a")
