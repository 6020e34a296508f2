"""Apps with packages of their own, resolved and built by the running service."""

import json

import pytest

from common.contracts import OWN_FIELD, PACKAGE_FILES, BuildState, package_key
from dev.simulator.blueprint.template import fill
from tests.builder.world import TEMPLATE, World, template_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = """import { QRCodeSVG } from "qrcode.react";

import { Share } from "@/pages/Share";

export function Home() {
  return (
    <>
      <h1>Code</h1>
      <QRCodeSVG value="https://example.com" size={128} />
      <Share />
    </>
  );
}
"""


async def test_a_resolved_package_is_built_and_no_other_package_file_is(service: World) -> None:
    wish = {"template": TEMPLATE, "add": {"qrcode.react": "^4.0.0"}}
    async with service.builder.http() as http:
        answer = await http.post("/v1/packages/resolve", json=wish, timeout=240)
        assert answer.status_code == 200, answer.text
        resolved = answer.json()
        [package] = resolved["packages"]
        assert (package["name"], package["license"], package["wanted"]) == ("qrcode.react", "ISC", True)
        refused = await http.post("/v1/packages/resolve", json={**wish, "add": {"moment": "latest"}})
        assert (refused.status_code, refused.json()["code"]) == (422, "package_refused")
        assert "date-fns" in refused.json()["detail"]
        template = json.loads(template_files()["package.json"])["dependencies"]
        manifest = json.loads(resolved["files"]["package.json"])
        assert manifest["dependencies"] == {**template, "qrcode.react": package["version"]}
        key = package_key(*(resolved["files"][name].encode() for name in PACKAGE_FILES))
        known = (await http.get(f"/v1/packages/{key}", timeout=60)).json()
        assert known["packages"] == resolved["packages"]
    # The page that the simulator writes for the wish.
    share = {"src/pages/Share.tsx": fill("share.tsx")}
    source = {"src/pages/Home.tsx": HOME, **share, **resolved["files"]}
    built = await service.build(source)
    assert built.state is BuildState.SUCCEEDED, built.log
    without = await service.build({"src/pages/Home.tsx": HOME})
    assert (without.category, "qrcode.react" in (without.message or "")) == ("dependency", True)
    forged = {**manifest, OWN_FIELD: {**manifest[OWN_FIELD], "packages": {"evil": "1.0.0"}}}
    told = await service.build({**source, "package.json": json.dumps(forged)})
    assert told.state is BuildState.FAILED
    assert "were not resolved for" in (told.message or "")
