"""`python -m dev.simulator`: serves until SIGTERM or SIGINT."""

import uvicorn

from dev.simulator.app import create_app
from dev.simulator.settings import Settings


def main() -> None:
    settings = Settings.from_env()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,  # a request that hangs on purpose does not hold up the end
    )


if __name__ == "__main__":
    main()
