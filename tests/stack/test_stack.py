"""What a stack promises while it runs and when it starts."""

import dataclasses
import os
import shutil
import signal
import socket
from pathlib import Path

import asyncpg
import nats
import pytest
from nats.js.api import StreamConfig

from dev.stack.config import ConfigError, StackConfig
from dev.stack.environment import models
from dev.stack.ports import PortTakenError
from dev.stack.process import StartFailedError
from dev.stack.stack import Stack
from orchestrator.domain.routes import vendor_of
from tests.stack.programs import until


def config(state: Path, *names: str, **environment: dict[str, str]) -> StackConfig:
    return StackConfig.temporary(state, only=frozenset(names), forked=False, **environment)


async def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    async with Stack(config(tmp_path, "nats", "templates")) as stack:
        before = stack.pid("templates")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        await until(lambda: stack.processes["templates"].restarts == 1)
        await stack.wait_ready("templates")
        assert stack.pid("templates") != before
    printed = (tmp_path / "logs/stack.log").read_text()
    assert "templates was ended by SIGKILL; starting it again in" in printed


async def test_a_killed_process_stays_down_until_it_is_started(tmp_path: Path) -> None:
    async with Stack(config(tmp_path, "nats", "templates")) as stack:
        await stack.kill("templates")
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncpg.connect(f"postgresql://127.0.0.1:{stack.config.ports['templates']}/x")
        assert stack.pid("templates") is None
        await stack.start("templates")
        await stack.wait_ready("templates")
        assert stack.pid("templates") is not None


async def test_a_restart_keeps_state_and_secrets(tmp_path: Path) -> None:
    settings = config(tmp_path, "postgres", "nats")
    async with Stack(settings) as stack:
        key = stack.api_key
        connection = await asyncpg.connect(stack.database_url("builder"))
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        await connection.close()
        client = await nats.connect(stack.nats_url)
        await client.jetstream().add_stream(StreamConfig(name="S", subjects=["s"]))
        await client.jetstream().publish("s", b"kept")
        await client.close()
    async with Stack(settings) as stack:
        assert stack.api_key == key
        connection = await asyncpg.connect(stack.database_url("builder"))
        assert await connection.fetchval("SELECT one FROM builder.kept") == 1
        await connection.close()
        client = await nats.connect(stack.nats_url)
        assert (await client.jetstream().get_msg("S", 1)).data == b"kept"
        await client.close()


async def test_a_service_cannot_touch_another_services_schema(tmp_path: Path) -> None:
    async with Stack(config(tmp_path, "postgres")) as stack:
        connection = await asyncpg.connect(stack.database_url("builder"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE orchestrator.mine (one int)")
        await connection.close()


async def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    async with Stack(config(tmp_path, "nats")):
        assert (tmp_path / "credentials.json").stat().st_mode & 0o077 == 0
        assert (tmp_path / "nats/nats.conf").stat().st_mode & 0o077 == 0


async def test_a_taken_port_is_named_with_its_holder_and_its_variable(tmp_path: Path) -> None:
    settings = config(tmp_path, "nats")
    listener = socket.create_server(("127.0.0.1", settings.ports["nats"]))
    with listener, pytest.raises(PortTakenError) as refused:
        async with Stack(settings):
            pass
    printed = str(refused.value)
    assert f"Port {settings.ports['nats']} (nats) is taken by" in printed
    assert f"(process {os.getpid()})" in printed
    assert "OVERSKILL_NATS_PORT" in printed


async def test_a_process_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    settings = config(tmp_path, "nats", "templates", templates={"SERVICE_TOKEN": "short"})
    with pytest.raises(StartFailedError, match="templates ended with code 1") as failed:
        async with Stack(settings):
            pass
    assert "SERVICE_TOKEN is not valid" in str(failed.value)


async def test_no_vendor_key_reaches_a_process_that_does_not_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    async with Stack(config(tmp_path, "nats", "templates")) as stack:
        for name in ("nats", "templates"):
            assert b"sk-secret" not in Path(f"/proc/{stack.pid(name)}/environ").read_bytes()


def test_ports_move_together_or_one_by_one() -> None:
    settings = StackConfig.from_environment({"OVERSKILL_PORT_BASE": "20000", "OVERSKILL_NATS_PORT": "5000"})
    assert settings.ports["orchestrator"] == 20000
    assert settings.ports["s3"] == 20089
    assert settings.ports["nats"] == 5000
    assert StackConfig.from_environment({}).ports["orchestrator"] == 8000


@pytest.mark.parametrize("text", ["x", "0", "65500", "-1"])
def test_an_impossible_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="OVERSKILL_PORT_BASE"):
        StackConfig.from_environment({"OVERSKILL_PORT_BASE": text})


def test_a_key_selects_the_real_vendor() -> None:
    assert StackConfig.from_environment({}).simulated
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        real = StackConfig.from_environment({name: "sk-x"})
        assert not real.simulated
        assert not dataclasses.replace(real, only=frozenset({"simulator"})).runs("simulator")
        keys = {key: value for key, value in models(real).items() if key.endswith("_KEY")}
        assert keys == {name: "sk-x"}, "another vendor's key would be made up"
        assert vendor_of(real.model)[0].upper() == name.partition("_")[0]


async def test_a_machine_that_cannot_contain_builds_is_told_at_once_and_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder is kept from finding bubblewrap, as on a machine that lacks it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("setpriv", "git", "ldd", "sh"):
        (programs / name).symlink_to(shutil.which(name) or "/bin/sh")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("BUILDER_ISOLATION", "watchdog")
    with pytest.raises(StartFailedError) as failed:
        async with Stack(config(tmp_path / "state", "postgres", "nats", "edge", "templates", "builder")):
            pass
    [line] = str(failed.value).splitlines()
    assert line.startswith("builder cannot serve")
    assert "apt-get install bubblewrap" in line
    assert "BUILDER_ISOLATION=off" in line
