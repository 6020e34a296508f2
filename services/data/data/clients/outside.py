"""HTTP to addresses that strangers have named: only to the public Internet, and never much or for long."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Collection, Iterable

import httpcore
import httpx

MAX_BYTES = 256 * 1024
_TIMEOUT = httpx.Timeout(5.0, connect=3.0)
_MAX_CONNECTIONS = 20
# Where an IPv6 address carries an IPv4 address that a translator would connect to.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(httpx.ConnectError):
    """The name leads into a private network, or nowhere."""


def outside_client(trusted_hosts: Collection[str] = ()) -> httpx.AsyncClient:
    """A client that connects to public addresses only, follows nothing and takes MAX_BYTES at most.

    The hosts named are trusted: they may be anywhere, and speak HTTP without TLS.
    """
    return httpx.AsyncClient(
        transport=_Outside(frozenset(trusted_hosts)),
        timeout=_TIMEOUT,
        headers={"accept": "application/json", "accept-encoding": "identity"},
    )


def is_public(address: str) -> bool:
    """Whether the address is one of the public Internet, whatever it is wrapped in."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = [parsed.ipv4_mapped, parsed.sixtofour, *(parsed.teredo or ())]
        if parsed in _TRANSLATED:
            inner.append(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF))
        if any(one is not None and not one.is_global for one in inner):
            return False
        if parsed.ipv4_mapped is not None or parsed in _TRANSLATED:
            return True
    return parsed.is_global and not parsed.is_multicast


class _Outside(httpx.AsyncHTTPTransport):
    def __init__(self, trusted_hosts: frozenset[str]) -> None:
        super().__init__(limits=httpx.Limits(max_connections=_MAX_CONNECTIONS), trust_env=False)
        self._trusted_hosts = trusted_hosts
        # httpx has no public way to say how names are resolved.
        self._pool._network_backend = _CheckedNetwork(trusted_hosts)  # noqa: SLF001

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https" and request.url.host not in self._trusted_hosts:
            raise Forbidden(f"{request.url.host} would be asked without TLS", request=request)
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx.RemoteProtocolError("the answer is compressed, which was not asked for")
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  # of an asynchronous transport
        response.stream = _Bounded(response.stream)
        return response


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_BYTES:
                raise httpx.RemoteProtocolError(f"the answer has more than {MAX_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once and connects to what it has checked: the name cannot change in between."""

    def __init__(self, trusted_hosts: frozenset[str]) -> None:
        self._trusted_hosts = trusted_hosts
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if host in self._trusted_hosts:
            address = host
        else:
            address = await self._public_address(host, port, timeout)
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    @staticmethod
    async def _public_address(host: str, port: int, seconds: float | None) -> str:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        addresses = [str(entry[4][0]) for entry in found]
        # All have to be public: a name that also leads inside is not to be trusted with the rest.
        if not addresses or not all(is_public(address) for address in addresses):
            raise httpcore.ConnectError(f"{host} is not on the public Internet")
        return addresses[0]
