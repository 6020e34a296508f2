"""Ids, traces, time, settings and what the log hides."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr, ValidationError

from common.clock import utcnow
from common.errors import AppError
from common.ids import new_app_id, new_id
from common.logging import configure_logging, get_logger, redact
from common.settings import (
    DatabaseSettings,
    InternalApiSettings,
    NatsSettings,
    S3Settings,
    ServiceSettings,
)
from common.tracing import bind_traceparent, current_traceparent

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def test_ids_have_the_shape_that_contracts_check() -> None:
    assert re.fullmatch(r"run_[0-9a-hjkmnp-tv-z]{26}", new_id("run"))
    assert len({new_id("run") for _ in range(1000)}) == 1000


def test_later_ids_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [0, 10**18, 10**18 + 10**6, 18 * 10**17, 28 * 10**18]
    made = []
    for moment in moments:
        monkeypatch.setattr("time.time_ns", lambda moment=moment: moment)
        made.append(new_id("run"))
    assert made == sorted(made)


def test_app_ids_are_dns_labels_and_script_names() -> None:
    made = {new_app_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[a-z][a-z0-9]{11}", app_id) for app_id in made)


def test_the_time_knows_that_it_is_utc() -> None:
    offset = utcnow().utcoffset()
    assert offset is not None
    assert not offset


VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


def test_a_trace_is_continued_with_a_span_of_our_own() -> None:
    bound = bind_traceparent(VALID)
    assert bound.split("-")[1] == VALID.split("-")[1]
    assert bound.split("-")[2] != VALID.split("-")[2]
    assert bound.endswith("-00")  # not sampled stays not sampled
    assert current_traceparent() == bound
    assert structlog.contextvars.get_contextvars()["trace_id"] == VALID.split("-")[1]


@pytest.mark.parametrize(
    "invalid",
    [
        None,
        "",
        "nonsense",
        VALID.upper(),
        VALID + "\n",
        VALID + "-extra",
        VALID.replace("00-4", "ff-4"),
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        VALID[:-1],
        VALID.replace("4bf9", "4bg9"),
    ],
)
def test_an_invalid_trace_is_replaced(invalid: str | None) -> None:
    bound = bind_traceparent(invalid)
    assert TRACEPARENT.fullmatch(bound)
    assert bound != bind_traceparent(invalid)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://role:pass@host:5432/db", "postgresql://role:***@host:5432/db"),
        ("nats://user:p@ss:w@rd@host", "nats://user:***@host"),
        ("redis://:pass@host", "redis://:***@host"),
        ("at https://host:8443/a@b?c=d:e@f", "at https://host:8443/a@b?c=d:e@f"),
        ("see http://host and mail me@host", "see http://host and mail me@host"),
        ("two: a://b:c@d, e://f:g@h", "two: a://b:***@d, e://f:***@h"),
    ],
)
def test_passwords_of_addresses_are_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.fixture
def root_logger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts the configuration of logs back."""
    root, before = logging.getLogger(), structlog.get_config()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    yield
    structlog.configure(**before)


def test_logs_are_json_lines_with_what_is_bound(
    root_logger: None, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("tests", "info")
    with structlog.contextvars.bound_contextvars(run_id="run_1"):
        get_logger("mine").info("said", secret=SecretStr("hunter2"), url="nats://u:hunter2@h", odd=object)
        logging.getLogger("library").warning("of %s", "a library")
        get_logger("mine").debug("too quiet")
        get_logger("mine").error("failed\nover lines", exc_info=AppError("no", key=1))
    lines = capsys.readouterr().out
    entries = [json.loads(line) for line in lines.splitlines()]
    assert [entry["event"] for entry in entries] == ["said", "of a library", "failed\nover lines"]
    assert all(entry["run_id"] == "run_1" and entry["service"] == "tests" for entry in entries)
    assert [entry["logger"] for entry in entries] == ["mine", "library", "mine"]
    assert "AppError: no" in entries[2]["exception"]
    assert "hunter2" not in lines


def test_settings_do_not_show_what_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(ServiceSettings, InternalApiSettings, DatabaseSettings, NatsSettings, S3Settings):
        pass

    class Reversed(S3Settings, DatabaseSettings, InternalApiSettings, ServiceSettings):
        pass

    monkeypatch.setenv("DATABASE_URL", "postgresql://role:hunter2@db/app")
    monkeypatch.setenv("SERVICE_TOKEN", "hunter2")
    for kind in (Settings, Reversed):
        with pytest.raises(ValidationError) as raised:
            kind()
        assert "port" in str(raised.value)
        assert "hunter2" not in str(raised.value)
