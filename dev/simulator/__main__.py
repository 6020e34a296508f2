"""`python -m dev.simulator`: serves until SIGTERM or SIGINT, and says on stdout where."""

import json
import socket

import uvicorn

from dev.simulator.app import create_app
from dev.simulator.settings import Settings


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """One JSON line when requests are answered; port 0 means that the system chose."""
        await super().startup(sockets)
        for server in getattr(self, "servers", []):
            host, port = server.sockets[0].getsockname()[:2]
            print(json.dumps({"event": "ready", "url": f"http://{host}:{port}"}), flush=True)


def main() -> None:
    settings = Settings.from_env()
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,  # a request that hangs on purpose does not hold up the end
    )
    _Server(config).run()


if __name__ == "__main__":
    main()
