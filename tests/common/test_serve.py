"""A service's process: how it starts, logs and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from common.serve import server_config
from common.settings import ServiceSettings
from common.testing.budget import within
from common.testing.tether import free_port, tethered

ROOT = Path(__file__).parents[2]
SECRET = "a-service-token-nobody-may-see"


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    url: str
    metrics_url: str
    log: Path

    def entries(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line not in {"ended in order", "flood ended"}]


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    port, metrics_port, log = free_port(), free_port(), folder / "log"
    settings = {"PORT": str(port), "METRICS_PORT": str(metrics_port), "SEND_TIMEOUT_SECONDS": "1"}
    environment = {**os.environ, **settings, "SERVICE_TOKEN": SECRET}
    with log.open("wb") as output:
        process = subprocess.Popen(
            tethered([sys.executable, "-m", "tests.common.sse"]),
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    service = Service(process, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics", log)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{service.url}/healthz")
                break
            except httpx.TransportError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield service
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


def test_an_endless_answer_ends_with_the_service(service: Service) -> None:
    with httpx.stream("GET", f"{service.url}/events", timeout=20) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: begun"
        service.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert "data: goodbye" in list(lines)
    service.process.wait(10)
    assert time.monotonic() - began < within(3)
    assert "ended in order" in service.log.read_text()


def test_head_of_an_endless_answer_ends_at_once(service: Service) -> None:
    answer = httpx.head(f"{service.url}/stuck", timeout=20)
    assert (answer.status_code, answer.content) == (200, b"")


def test_an_answer_that_never_ends_does_not_keep_the_service(service: Service) -> None:
    with httpx.stream("GET", f"{service.url}/stuck", timeout=20) as answer:
        assert next(answer.iter_lines()) == "begun"
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(15)
    assert "ended in order" in service.log.read_text()


def test_a_client_that_reads_nothing_is_disconnected(service: Service) -> None:
    """Else its stream, and what the service holds for it, would last as long as it likes."""
    address = httpx.URL(service.url)
    with socket.create_connection((address.host, address.port)) as client:
        client.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
        deadline = time.monotonic() + within(60)
        while "flood ended" not in service.log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_body_over_the_limit_is_told_so_over_the_wire(service: Service) -> None:
    too_much = b"x" * (2 * 1024**2 + 1)
    answer = httpx.post(f"{service.url}/upload", content=too_much)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")

    def parts() -> Iterator[bytes]:
        for start in range(0, len(too_much), 65536):
            yield too_much[start : start + 65536]

    answer = httpx.post(f"{service.url}/upload", content=parts())
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_every_line_of_the_log_is_json_with_ids_and_without_passwords(service: Service) -> None:
    httpx.get(f"{service.url}/broken", headers={"x-request-id": "req-of-the-caller"})
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(15)
    entries = service.entries()
    failed = [entry for entry in entries if entry["event"] == "request failed unexpectedly"]
    assert len(failed) == 1
    assert failed[0]["request_id"] == "req-of-the-caller"
    assert failed[0]["level"] == "error"
    assert failed[0]["service"] == "sse"
    assert failed[0]["logger"] == "common.middleware"
    assert failed[0]["timestamp"].endswith("Z")
    assert "postgresql://role:***@db/app" in failed[0]["exception"]
    assert {"trace_id", "ms", "status"} <= next(e for e in entries if e["event"] == "request").keys()
    assert "hunter2" not in service.log.read_text()


def test_metrics_are_on_a_port_of_their_own_only(service: Service) -> None:
    assert httpx.get(f"{service.url}/metrics").status_code == 404
    assert 'http_request_seconds_count{method="GET"' in httpx.get(service.metrics_url).text


def test_a_metrics_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "PORT": str(free_port()), "METRICS_PORT": port}
        started = subprocess.run(
            [sys.executable, "-m", "tests.common.sse"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert started.returncode == 1
    assert started.stderr == f"METRICS_PORT {port} cannot be opened: Address already in use\n"


def test_a_missing_setting_is_named_and_no_other_is_shown() -> None:
    environment = {"PATH": os.environ["PATH"], "SERVICE_TOKEN": SECRET}
    started = subprocess.run(
        [sys.executable, "-m", "tests.common.sse"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "  PORT is not set" in started.stderr.splitlines()
    assert "Traceback" not in started.stderr
    assert SECRET not in started.stderr


def test_an_idle_connection_outlives_what_clients_and_proxies_keep() -> None:
    config = server_config(FastAPI(), ServiceSettings(port=0, metrics_port=0))
    proxies = 60.0  # of nginx and of the load balancers of AWS, unless told otherwise
    clients = httpx.Limits().keepalive_expiry
    assert clients is not None
    assert config.timeout_keep_alive > max(proxies, clients)
