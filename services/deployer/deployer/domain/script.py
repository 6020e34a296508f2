"""The Worker's script: modules made from a plan, weighed before they are uploaded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deployer.domain.errors import ScriptTooLarge
from deployer.domain.manifest import RUNTIME_MODULE, Row, main_module, module_name
from deployer.domain.plan import Plan

MAIN_MODULE = "index.js"
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


@dataclass(frozen=True)
class Frame:
    """What a script has besides files: whose it is, the headers of its answers, the code that runs.

    `deployment_id` is told in every answer, `headers` are added to it, `runtime` is the source of the module
    that serves.
    """

    deployment_id: str
    runtime: bytes
    headers: Mapping[str, str]

    def size(self) -> int:
        """What a script without files weighs."""
        return self._script((), (), None, ()).size

    def script(self, plan: Plan, limit: int) -> Script:
        """The modules of a deployment; refuses to return more bytes than `limit`."""
        listed = plan.listing.digest if plan.listing else None
        script = self._script(plan.types, plan.rows(), listed, [item.read() for item in plan.modules])
        if script.size > limit:
            raise ScriptTooLarge(
                f"The built script is {script.size:,} bytes, the limit is {limit:,}.",
                script_bytes=script.size,
                limit=limit,
            )
        return script

    def _script(
        self, types: Iterable[str], rows: Iterable[Row], listed: str | None, contents: Iterable[bytes]
    ) -> Script:
        carried = [Module(module_name(n), BINARY, data) for n, data in enumerate(contents)]
        main = main_module(
            self.deployment_id,
            headers=self.headers,
            types=list(types),
            rows=rows,
            listed=listed,
            modules=len(carried),
        )
        runtime = Module(RUNTIME_MODULE, JAVASCRIPT, self.runtime)
        return Script((Module(MAIN_MODULE, JAVASCRIPT, main), runtime, *carried))
