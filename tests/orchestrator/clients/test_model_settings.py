"""Vendors and models in the settings: what is set up, and what keeps the service from starting."""

import pytest

from common.settings import load
from orchestrator.settings import ModelSettings

OURS = {name.upper() for name in ModelSettings.model_fields}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


def settings(monkeypatch: pytest.MonkeyPatch, **env: str) -> ModelSettings:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return load(ModelSettings)


@pytest.mark.parametrize(
    ("env", "vendors", "model"),
    [
        ({"ANTHROPIC_API_KEY": "k"}, {"anthropic"}, "claude-sonnet-5-5"),
        ({"OPENAI_API_KEY": "k"}, {"openai"}, "gpt-6.1-sol"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "MODEL": "qwen3"}, {"openai"}, "qwen3"),
        ({"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}, {"anthropic", "openai"}, "claude-sonnet-5-5"),
        ({"ANTHROPIC_API_KEY": "k", "MODEL_GENERATE": "claude-opus-5"}, {"anthropic"}, "claude-opus-5"),
        ({"ANTHROPIC_API_KEY": "k", "MODEL": "anthropic/qwen3"}, {"anthropic"}, "anthropic/qwen3"),
    ],
)  # fmt: skip
def test_the_default_model_is_of_a_vendor_that_is_set_up(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], vendors: set[str], model: str
) -> None:
    found = settings(monkeypatch, **env)
    assert set(found.vendors) == vendors
    assert found.default_model == model


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, "ANTHROPIC_API_KEY, OPENAI_API_KEY or OPENAI_BASE_URL"),
        ({"ANTHROPIC_API_KEY": "k", "MODEL_GENERATE": "claude-opus-5-5, gpt-6.1-sol"}, "OPENAI_API_KEY"),
        ({"ANTHROPIC_API_KEY": "k", "MODEL_REPAIR": "qwen3"}, "the model qwen3"),
        ({"OPENAI_API_KEY": "k", "MODEL": "claude-opus-5-5"}, "set ANTHROPIC_API_KEY"),
        ({"OPENAI_API_KEY": "k", "MODEL_PRICES_FILE": "/nowhere"}, "MODEL_PRICES_FILE is not"),
        ({"ANTHROPIC_API_KEY": "k", "MODEL_CACHE_TTL": "2h"}, "MODEL_CACHE_TTL is not valid"),
        ({"ANTHROPIC_API_KEY": "k", "IMAGE_MODEL": "gpt-image-2"}, "IMAGE_MODEL is gpt-image-2, but"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], told: str
) -> None:
    with pytest.raises(SystemExit, match="Cannot start with this environment") as stopped:
        settings(monkeypatch, **env)
    assert told in str(stopped.value)
