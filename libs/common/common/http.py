"""HTTP clients to other services: time-outs on everything, context sent along, failures as errors of ours."""

import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus

import httpx
import structlog
from pydantic import SecretStr

from common.errors import AppError, Unavailable
from common.logging import get_logger
from common.retry import retry_after
from common.tracing import current_traceparent

DEFAULT_TIMEOUT = httpx.Timeout(10.0, connect=3.0)
_CALLERS_FAULT = frozenset({404, 409, 412, 413, 422})

logger = get_logger(__name__)


class Refused(AppError):
    """What another service refuses for a reason of the caller's: its code, status and words are passed on."""

    def __init__(self, message: str, *, code: str, status: int) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # it is another service's, not its class's
        self.status = status  # type: ignore[misc]


@contextmanager
def translated(
    service: str, unavailable: type[Unavailable] = Unavailable, *, told: Collection[str] = ()
) -> Iterator[None]:
    """Turns what httpx raises, `raise_for_status` included, into `unavailable` or Refused.

    `service` begins the message: "The builder". Whatever is not the caller's fault may pass. What keeps the
    caller waiting keeps its own code, status and words where these are for the caller: that it asks too much
    (429), and the codes `told`.
    """
    try:
        yield
    except httpx.HTTPStatusError as error:
        raise _judged(service, error.response, unavailable, told) from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise unavailable(f"{service} did not answer in time; try again shortly.") from error
    except httpx.HTTPError as error:
        raise unavailable(
            f"{service} cannot be reached ({type(error).__name__}); try again shortly."
        ) from error


def _judged(
    service: str, response: httpx.Response, unavailable: type[Unavailable], told: Collection[str]
) -> AppError:
    status, code = response.status_code, None
    try:
        problem = response.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        logger.warning("answer is no problem document", service=service, status=status)
    else:
        if status in _CALLERS_FAULT:
            return Refused(detail, code=code, status=status)
        if status == HTTPStatus.TOO_MANY_REQUESTS or code in told:
            later = unavailable(detail, retry_after=retry_after(response.headers))
            later.code, later.status = code, status  # type: ignore[misc]  # as with Refused
            return later
    return unavailable(
        f"{service} answered {status}{f' ({code})' if code else ''}; try again shortly.",
        retry_after=retry_after(response.headers),
    )


async def _send_context(request: httpx.Request) -> None:
    request.headers["traceparent"] = current_traceparent()
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        request.headers["x-request-id"] = str(request_id)


def http_client(
    base_url: str, *, token: SecretStr | None = None, timeout: httpx.Timeout = DEFAULT_TIMEOUT
) -> httpx.AsyncClient:
    """A pooled client; `token` is sent as the bearer token."""
    headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        timeout=timeout,
        verify=_authorities(),
        event_hooks={"request": [_send_context]},
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Whom all clients trust; to read that takes 30 ms."""
    return httpx.create_ssl_context()
