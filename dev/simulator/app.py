"""The HTTP application: the vendors' APIs, the request log and a health check."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.simulator.exchange import Exchange
from dev.simulator.painting import Painting
from dev.simulator.settings import Settings
from dev.simulator.wire.anthropic.wire import AnthropicWire
from dev.simulator.wire.openai.wire import OpenAIWire


def create_app(settings: Settings) -> Starlette:
    exchange = Exchange(settings)
    log = _Log(exchange)
    return Starlette(
        routes=[
            Route("/v1/messages", exchange.endpoint(AnthropicWire()), methods=["POST"]),
            Route("/v1/responses", exchange.endpoint(OpenAIWire()), methods=["POST"]),
            Route("/v1/images/generations", Painting(exchange.log).answer, methods=["POST"]),
            Route("/__sim/requests", log.read, methods=["GET"]),
            Route("/__sim/requests", log.clear, methods=["DELETE"]),
            Route("/__sim/requests/{id}", log.read_body, methods=["GET"]),
            Route("/healthz", _healthz, methods=["GET"]),
        ]
    )


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


class _Log:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def read(self, _: Request) -> Response:
        return JSONResponse({"requests": self._exchange.log.as_wire()})

    async def read_body(self, request: Request) -> Response:
        body = self._exchange.log.body(request.path_params["id"])
        return JSONResponse(body, status_code=404 if body is None else 200)

    async def clear(self, _: Request) -> Response:
        """Also forgets attempts, so that faults hit again."""
        self._exchange.forget()
        return Response(status_code=204)
