import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from common.testing.tether import free_port

from .conftest import TOKEN, Write

COMMAND = [sys.executable, "-m", "templates"]


def environment(store_dir: Path, content: Path, **more: str) -> dict[str, str]:
    own = {"TEMPLATES_STORE_DIR": str(store_dir), "TEMPLATES_CONTENT_DIR": str(content)}
    return {"PATH": os.environ["PATH"], **own, **more}


@contextmanager
def serving(store_dir: Path, content: Path) -> Iterator[httpx.Client]:
    port = free_port()
    settings = environment(store_dir, content, SERVICE_TOKEN=TOKEN, PORT=str(port), METRICS_PORT="0")
    process = subprocess.Popen(COMMAND, env=settings, stdout=subprocess.DEVNULL)
    headers = {"authorization": f"Bearer {TOKEN}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
            wait_until_ready(client, process)
            yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()


def wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError(f"the service did not become ready; exit status {process.poll()}")


def test_the_service_starts_serves_ends_and_starts_again(
    write: Write, content: Path, store_dir: Path
) -> None:
    write()
    path = "/v1/templates/small/versions/1.0.0/archive"
    with serving(store_dir, content) as client:
        first = client.get(path)
    with serving(store_dir, content) as client:
        second = client.get(path)
    assert first.status_code == 200
    assert first.content == second.content


def test_publish_stops_a_pipeline_when_a_release_would_change(
    write: Write, content: Path, store_dir: Path
) -> None:
    def publish() -> subprocess.CompletedProcess[str]:
        settings = environment(store_dir, content)
        return subprocess.run(
            [*COMMAND, "publish"], env=settings, capture_output=True, text=True, check=False
        )

    write()
    first = publish()
    assert (first.returncode, first.stdout) == (0, "small 1.0.0: published\n"), first.stderr
    assert publish().stdout == "small 1.0.0: released already\n"
    write(files={"src/App.tsx": "changed"})
    changed = publish()
    assert changed.returncode == 1
    assert 'Raise "version" in small/template.json' in changed.stderr
