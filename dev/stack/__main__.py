"""`python -m dev.stack up` serves everything; `python -m dev.stack demo` builds an app on it."""

import argparse
import asyncio
import signal
import sys

from dev.stack.config import ConfigError, StackConfig
from dev.stack.lock import AlreadyRunsError
from dev.stack.ports import PortTakenError
from dev.stack.process import StartFailedError
from dev.stack.up import up

COMMANDS = {"up": up}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev.stack", description=__doc__)
    parser.add_argument("command", choices=list(COMMANDS))
    command = parser.parse_args().command
    try:
        return asyncio.run(_until_signalled(command))
    except (ConfigError, AlreadyRunsError, PortTakenError, StartFailedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def _until_signalled(command: str) -> int:
    """Run the command; the first signal ends it in order, which takes moments."""
    config = StackConfig.from_environment()
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    signalled = False

    def end() -> None:
        nonlocal signalled
        if not signalled and task is not None:
            signalled = True
            task.cancel()

    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(kind, end)
    try:
        return await COMMANDS[command](config)
    except asyncio.CancelledError:
        if not signalled:
            raise
        return 0


if __name__ == "__main__":
    sys.exit(main())
