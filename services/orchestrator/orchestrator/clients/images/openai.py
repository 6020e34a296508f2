"""The OpenAI Images API behind the picture protocol."""

import asyncio
import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from common.errors import AppError
from common.logging import get_logger
from common.retry import Backoff, retrying
from orchestrator.clients.images.protocol import MadePicture, PictureNotMade
from orchestrator.clients.late import LateClient
from orchestrator.clients.model import failures
from orchestrator.clients.model.openai.failures import from_status
from orchestrator.domain.arguments import PictureSize
from orchestrator.domain.pictures import read_picture
from orchestrator.domain.turns import Usage
from orchestrator.errors import ModelUnavailable

if TYPE_CHECKING:
    import openai

BACKOFF = Backoff(first=1.0, longest=8.0, heeded=20.0)

_RETRY_SECONDS = 40.0
_CONNECT_SECONDS = 10.0
_QUALITY: Final = "medium"
_COMPRESSION = 80
"""Of 100: at it, pictures of this quality stay far below what a file may have."""
_FORMAT: Final = "webp"
_MOST_BYTES = 16_000_000
_REFUSALS = frozenset({"moderation_blocked", "content_policy_violation"})
_MOST_TOKENS = 2**31 - 1

logger = get_logger(__name__)


class _Picture(BaseModel):
    b64_json: str


class _Tokens(BaseModel):
    input_tokens: int = Field(ge=0, le=_MOST_TOKENS)
    output_tokens: int = Field(ge=0, le=_MOST_TOKENS)


class _Answer(BaseModel):
    data: Annotated[list[_Picture], Field(min_length=1)]
    usage: _Tokens | None = None


class OpenAIPictures:
    """See PictureClient. Asks again only where the vendor has not taken the request: none is billed twice."""

    def __init__(
        self, *, api_key: str, base_url: str, model: str, seconds: float, backoff: Backoff = BACKOFF
    ) -> None:
        """`seconds`: how long one request may take, from its first byte to the whole picture."""
        self.model = model
        self._api_key = api_key
        self._base_url = base_url
        self._seconds = seconds
        self._backoff = backoff
        self._connection = LateClient(self._load)

    async def warm_up(self) -> None:
        """Load the SDK now, so that the first picture need not wait for it."""
        await self._connection.get()

    async def close(self) -> None:
        """Closes the connections to the vendor."""
        await self._connection.close()

    async def make(self, prompt: str, size: PictureSize) -> MadePicture:
        """The picture; see PictureClient."""
        connection = await self._connection.get()
        async for attempt in retrying(
            self._backoff, budget=_RETRY_SECONDS, when=_may_go_well, what="ask for a picture"
        ):
            with attempt:
                return await asyncio.to_thread(_read, await self._ask(connection, prompt, size))
        raise AssertionError  # the last attempt returns or raises

    async def _ask(self, connection: "openai.AsyncOpenAI", prompt: str, size: PictureSize) -> bytes:
        """The body of the answer, as it was sent: the SDK's types do not check it."""
        import httpx2  # noqa: PLC0415 - the SDK's transport
        import openai  # noqa: PLC0415 - see VendorClient

        generate = connection.images.with_streaming_response.generate
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._seconds),
                generate(
                    prompt=prompt, model=self.model, size=size, n=1, quality=_QUALITY,
                    output_format=_FORMAT, output_compression=_COMPRESSION,
                ) as response,
            ):  # fmt: skip
                async for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise _unusable("it is longer than any picture")
        except openai.APIStatusError as error:
            raise _refused(error) from error
        except TimeoutError as error:
            logger.warning("no picture in time", seconds=self._seconds)
            raise PictureNotMade("unavailable", billed=True) from error
        except (openai.APIError, httpx2.HTTPError) as error:
            raise _unheard(error) from error
        return bytes(body)

    def _load(self) -> "openai.AsyncOpenAI":
        import openai  # noqa: PLC0415 - see VendorClient

        timeout = openai.Timeout(self._seconds, connect=_CONNECT_SECONDS)
        client = openai.AsyncOpenAI(
            api_key=self._api_key, base_url=self._base_url, max_retries=0, timeout=timeout
        )
        _ = client.images  # imports more
        return client


def _may_go_well(error: BaseException) -> bool:
    return isinstance(error, PictureNotMade) and error.passing and not error.billed


def _read(body: bytes) -> MadePicture:
    """The picture in an answer, judged by its bytes."""
    try:
        answer = _Answer.model_validate_json(body)
        content = b64decode(answer.data[0].b64_json, validate=True)
        media_type = read_picture(content).media_type
    except (ValidationError, binascii.Error, ValueError, AppError) as error:
        raise _unusable(type(error).__name__) from error
    if media_type != f"image/{_FORMAT}":
        raise _unusable(f"it is {media_type}")
    used = answer.usage
    return MadePicture(content, Usage(used.input_tokens, used.output_tokens) if used else None)


def _refused(error: "openai.APIStatusError") -> PictureNotMade:
    if error.code in _REFUSALS:
        logger.info("picture refused by the vendor's safety system", request_id=error.request_id)
        return PictureNotMade("refused", billed=False)
    meant = from_status(error)
    passing = isinstance(meant, ModelUnavailable)
    wish = meant.retry_after if isinstance(meant, ModelUnavailable) else None
    return PictureNotMade("unavailable", billed=False, passing=passing, retry_after=wish)


def _unheard(error: Exception) -> PictureNotMade:
    meant = failures.from_transport(error, started=False)
    meant.__cause__ = error
    return PictureNotMade("unavailable", billed=failures.may_be_billed(meant), passing=True)


def _unusable(why: str) -> PictureNotMade:
    logger.warning("a vendor's answer has no picture that can be used", reason=why)
    return PictureNotMade("unavailable", billed=True)
