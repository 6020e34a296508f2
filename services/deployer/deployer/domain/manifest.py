"""The text of a script's main module: what the Worker is told of each file, exactly as it is written.

The planner weighs with the same functions that write it, so that it knows a script's size to the byte.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

RUNTIME_MODULE = "runtime.js"
STORED = -1
"""The module of a file that no module carries: it is in R2."""


class Row(NamedTuple):
    """What the Worker is told of a file; `runtime.js` describes the columns."""

    path: str
    type: int
    size: int
    digest: str
    hashed: bool
    module: int
    brotli: bool
    folder: bool = False

    def text(self) -> str:
        """As JSON. Of a digest that is no key in R2 its first half is enough to tell versions apart."""
        digest = self.digest if self.module == STORED else self.digest[:32]
        flags = int(self.hashed), self.module, int(self.brotli), *([1] if self.folder else [])
        return _json([f"/{self.path}", self.type, self.size, digest, *flags])


class Listing(NamedTuple):
    """The rows of files in R2, as an object of its own beside them."""

    digest: str
    data: bytes


def listing(types: Iterable[str], rows: Iterable[Row]) -> Listing:
    """Where the rows go that would make the script too large."""
    data = f'{{"types":{_json(list(types))},"files":[{_joined(rows)}]}}'.encode()
    return Listing(hashlib.sha256(data).hexdigest(), data)


def main_module(
    deployment_id: str,
    *,
    headers: Mapping[str, str],
    types: Sequence[str],
    rows: Iterable[Row],
    listed: str | None,
    modules: int,
) -> bytes:
    """The main module of a script. `listed` is the digest of the listing that has the other rows."""
    # JSON is JavaScript; as an array of rows no path can become a special key such as __proto__.
    known = {"deployment": deployment_id, "headers": headers, "listed": listed, "types": types}
    manifest = f'{_json(known)[:-1]},"files":[{_joined(rows)}]}}'
    imports = "".join(map(import_text, range(modules)))
    names = ",".join(map(name_text, range(modules)))
    head = f'import {{ serve }} from "./{RUNTIME_MODULE}";\n'
    return f"{head}{imports}export default serve({manifest},[{names}]);\n".encode()


def import_text(module: int) -> str:
    """The line that imports a module of bytes."""
    return f'import f{module} from "./{module_name(module)}";\n'


def name_text(module: int) -> str:
    """The module's name in the list that the runtime gets."""
    return f"f{module}"


def module_name(module: int) -> str:
    """The module's file name in the upload."""
    return f"f{module}.bin"


def type_text(content_type: str) -> str:
    """A Content-Type in the manifest's list."""
    return _json(content_type)


def _joined(rows: Iterable[Row]) -> str:
    return ",".join(row.text() for row in rows)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
