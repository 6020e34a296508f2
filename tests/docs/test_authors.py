"""The walk of the guide for authors of templates, word for word: from two files to an app that is live."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from dev.stack.config import ROOT
from dev.stack.stack import Stack
from templates.settings import PACKAGED_CONTENT
from tests.docs.test_readme import STRICT, commands
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

GUIDE = (ROOT / "services/templates/AUTHORS.md").read_text(encoding="utf-8")
SECONDS = 300


def begun(content: Path) -> None:
    """Writes the template as the guide shows it, beside the foundation that it extends."""
    shown = re.findall(r"`([\w./]+)`[^`\n]*:\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
    files = {path if path == "LOCKED.md" else f"guestbook/{path}": text for path, text in shown}
    assert set(files) == {
        "LOCKED.md",
        *(f"guestbook/{path}" for path in ("template.json", "GUIDE.md", "src/pages/Home.tsx")),
    }
    for path, text in files.items():
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_text(text)
    (content / "vite-react").symlink_to(PACKAGED_CONTENT / "vite-react")


async def run(command: str, **variables: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash", "-ec", STRICT + command, cwd=ROOT, env={**os.environ, "no_proxy": "*", **variables},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0, f"{command}\n{output.decode()}\n{errors.decode()}"
    return output.decode()


async def test_a_template_is_written_checked_released_and_begun_with(
    stack: Stack, api: Api, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    begun(content)
    variables = {
        "CONTENT": str(content), "STORE": str(stack.config.state / "templates.git"),
        "API": stack.api_url, "KEY": stack.api_key, "TARGET": str(tmp_path / "guestbook"),
    }  # fmt: skip
    lay_out, check, publish, create = commands(GUIDE)
    await run(lay_out, **variables)
    laid = Path(variables["TARGET"])
    assert "Guestbook" in (laid / "src/pages/Home.tsx").read_text()
    assert (laid / "src/routing/index.ts").is_file()
    verdict = (await run(check, **variables)).splitlines()[-1]
    assert re.match(r"\| guestbook \| ok \| ok \| [\d.]+ \| 1 \| ok \| ok \| ok \|", verdict)
    assert "guestbook 1.0.0-beta.1: published" in await run(publish, **variables)

    created = json.loads(await run(create, **variables))
    app = created["app"]["id"]
    assert created["app"]["template"] == "guestbook@1.0.0-beta.1"
    await api.succeeded(app, created["run"]["id"])
    assert "guestbook" in [item["name"] for item in (await api.get("/v1/templates"))["items"]]
    assert (await api.http.get(f"/v1/apps/{app}/files/GUIDE.md")).text.startswith("# A page of messages")
    bad = await api.http.post("/v1/apps", json={"prompt": "A guestbook", "template": "guestbook@1"})
    assert (bad.status_code, bad.json()["code"]) == (404, "template_not_found")
