"""One ModelClient for all vendors: each request goes to who offers its model."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace

from orchestrator.clients.model.protocol import (
    ModelClient,
    ModelCut,
    ModelEvent,
    ModelRejected,
    ModelRequest,
    ModelUnavailable,
    TurnDone,
    TurnRefused,
    TurnRequested,
)
from orchestrator.domain.breaker import Breaker
from orchestrator.domain.routes import Vendor, vendor_of
from orchestrator.metrics import MODEL_OPEN


class RoutingClient(ModelClient):
    """Sends requests to `vendors`, and tells `breaker` how it went with each model.

    `expected`: models whose vendors' SDKs are loaded at the start. One takes a second or two and 20 MB or
    more, so the others wait for the first request to them.
    """

    def __init__(
        self, vendors: Mapping[Vendor, ModelClient], breaker: Breaker, *, expected: Iterable[str] = ()
    ) -> None:
        self._vendors = dict(vendors)
        self._breaker = breaker
        self._expected = {vendor_of(model)[0] for model in expected}

    async def warm_up(self) -> None:
        expected = self._expected & self._vendors.keys()
        await asyncio.gather(*(self._vendors[vendor].warm_up() for vendor in expected))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Raises ModelRejected, before anything is sent, when nobody is set up who offers the model."""
        vendor, name = vendor_of(request.model)
        client = self._vendors.get(vendor)
        if client is None:
            yield TurnRequested()
            yield TurnRefused()
            raise ModelRejected("The platform has no access to this app's model.", vendor=vendor)
        try:
            async with aclosing(client.stream(replace(request, model=name))) as events:
                async for event in events:
                    if isinstance(event, TurnDone):
                        self._breaker.succeeded(request.model)
                    yield event
        except (ModelUnavailable, ModelCut):
            self._breaker.failed(request.model)
            raise
        finally:
            MODEL_OPEN.labels(request.model).set(self._breaker.is_open(request.model))
