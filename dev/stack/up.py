"""`make up`: everything runs, and its logs go to the terminal."""

import asyncio
import time

from dev.stack.config import StackConfig
from dev.stack.output import TerminalOutput
from dev.stack.stack import Stack


async def up(config: StackConfig) -> int:
    """Serve until cancelled."""
    began = time.monotonic()
    output = TerminalOutput()
    async with Stack(config, output) as stack:
        output.announce(f"everything serves after {time.monotonic() - began:.1f} s")
        output.announce(f"API   {stack.api_url}   (its documentation: {stack.api_url}/docs)")
        output.announce(f"key   {stack.api_key}")
        output.announce(f"apps  {stack.app_url('<app>')}")
        output.announce("Ctrl-C stops everything")
        await asyncio.Event().wait()
    return 0
