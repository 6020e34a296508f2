"""What keeps a service from starting is said in a line for each variable, without what is in it."""

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from common.settings import load


class Example(BaseSettings):
    token: SecretStr = Field(min_length=16, description="Guards the API")
    servers: dict[str, int] = Field(description='{"main": 1}')
    trusted: tuple[str, ...] = ()


def stopped(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What the process ends with, started in this environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stop:
        load(Example)
    return str(stop.value)


def test_json_that_is_none_is_told_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    text = stopped(monkeypatch, TOKEN="x" * 16, SERVERS='{"main": s3cret')
    assert text.splitlines() == [
        "Cannot start with this environment:",
        '  SERVERS is not JSON: Expecting value at character 9 ({"main": 1})',
    ]
    text = stopped(monkeypatch, SERVERS="{}", TRUSTED="10.0.0.0/8")
    assert text.splitlines()[1:] == ["  TRUSTED is not JSON: Extra data at character 4"]


def test_every_variable_that_is_missing_or_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    text = stopped(monkeypatch, SERVERS='{"main": "s3cret"}')
    token, servers = text.splitlines()[1:]
    assert token == "  TOKEN is not set (Guards the API)"
    assert servers.startswith("  SERVERS is not valid: ")
    assert "s3cret" not in text
