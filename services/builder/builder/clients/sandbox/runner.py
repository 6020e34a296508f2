"""What may run programs on generated code, whatever contains them: the local sandbox is the first."""

from pathlib import Path
from typing import Protocol

from builder.clients.sandbox.process import Sandbox
from builder.clients.sandbox.program import Program


class Runner(Protocol):
    """Starts programs where they are contained."""

    async def check(self) -> str:
        """The level of containment, at no cost once known; raises IsolationUnavailable when too weak."""

    def sweep(self) -> int:
        """Removes what builders that are gone have left; how much that was. It may block."""

    async def start(self, program: Program, modules: Path) -> Sandbox:
        """A new sandbox that sees these packages as `node_modules`; its `close` is the caller's to call."""
