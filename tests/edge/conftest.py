"""A real edge per test, on free ports and its own state."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiobotocore.session import get_session
from botocore.config import Config

from dev.edge.launcher import Edge, running_edge

S3_CONFIG = Config(
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"total_max_attempts": 1},
)


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    async with running_edge(tmp_path) as edge:
        yield edge


@pytest.fixture
async def api(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with edge.api() as client:
        yield client


@pytest.fixture
async def app(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """A client for the script `site`."""
    async with edge.app("site") as client:
        yield client


@pytest.fixture
async def s3(edge: Edge) -> AsyncIterator[Any]:
    async with get_session().create_client(
        "s3",
        endpoint_url=edge.s3_url,
        region_name="auto",
        aws_access_key_id=edge.s3_access_key_id,
        aws_secret_access_key=edge.s3_secret_access_key,
        config=S3_CONFIG,
    ) as client:
        yield client
