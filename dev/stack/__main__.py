"""`python -m dev.stack up` serves everything; `python -m dev.stack demo` builds an app on it."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable

from dev.stack.config import ConfigError, StackConfig
from dev.stack.demo import demo
from dev.stack.lock import AlreadyRunsError
from dev.stack.ports import PortTakenError
from dev.stack.process import StartFailedError
from dev.stack.up import up

Command = Callable[[StackConfig], Awaitable[int]]

COMMANDS: dict[str, Command] = {"up": up, "demo": demo}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev.stack", description=__doc__)
    parser.add_argument("command", choices=list(COMMANDS))
    command = COMMANDS[parser.parse_args().command]
    try:
        config = StackConfig.from_environment()
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return run(command, config)


def run(command: Command, config: StackConfig) -> int:
    """The exit status: 0 also when a signal ended it in order, 1 with a message when it could not start."""
    try:
        return asyncio.run(_until_signalled(command, config))
    except (AlreadyRunsError, PortTakenError, StartFailedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def _until_signalled(command: Command, config: StackConfig) -> int:
    """The first signal ends the command in order; more of them change nothing, it takes moments."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    signalled = asyncio.Event()

    def end() -> None:
        if task is not None and not signalled.is_set():
            signalled.set()
            task.cancel()

    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(kind, end)
    try:
        return await command(config)
    except asyncio.CancelledError:
        if not signalled.is_set():
            raise
        return 0


if __name__ == "__main__":
    sys.exit(main())
