"""The Worker's script: modules made from a plan, weighed before they are uploaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from deployer.domain.errors import ScriptTooLarge
from deployer.domain.plan import Plan

MAIN_MODULE = "index.js"
RUNTIME_MODULE = "runtime.js"
JAVASCRIPT = "application/javascript+module"
BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Module:
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Script:
    modules: tuple[Module, ...]

    @property
    def size(self) -> int:
        return sum(len(module.data) for module in self.modules)


def build_script(plan: Plan, *, deployment_id: str, runtime: bytes, limit: int) -> Script:
    """The modules of a deployment; refuses to return more bytes than `limit`."""
    data: dict[str, Module] = {}
    types: dict[str, int] = {}
    rows = []
    for item in plan.files:
        index = -1
        if item.embedded is not None:
            data.setdefault(item.file.digest, Module(f"f{len(data)}.bin", BINARY, item.embedded))
            index = list(data).index(item.file.digest)
        rows.append(
            [
                item.url_path,
                types.setdefault(item.content_type, len(types)),
                len(item.file.data),
                item.file.digest if index < 0 else item.file.digest[:32],
                int(item.hashed),
                index,
                int(item.brotli),
            ]
        )
    manifest = {"deployment": deployment_id, "types": list(types), "files": rows}
    main = Module(MAIN_MODULE, JAVASCRIPT, _main(manifest, [module.name for module in data.values()]))
    script = Script((main, Module(RUNTIME_MODULE, JAVASCRIPT, runtime), *data.values()))
    if script.size > limit:
        raise ScriptTooLarge(
            f"The built script is {script.size:,} bytes, the limit is {limit:,}.",
            script_bytes=script.size,
            limit=limit,
        )
    return script


def fixed_bytes(*, deployment_id: str, runtime: bytes) -> int:
    """What a script without files weighs."""
    return build_script(
        Plan(()), deployment_id=deployment_id, runtime=runtime, limit=len(runtime) + 10_000
    ).size


def _main(manifest: Mapping[str, object], names: list[str]) -> bytes:
    imports = "".join(f'import f{i} from "./{name}";\n' for i, name in enumerate(names))
    modules = ",".join(f"f{i}" for i in range(len(names)))
    # JSON is JavaScript; as an array of rows no path can become a special key such as __proto__.
    text = json.dumps(manifest, separators=(",", ":"))
    head = f'import {{ serve }} from "./{RUNTIME_MODULE}";\n'
    return f"{head}{imports}export default serve({text},[{modules}]);\n".encode()
