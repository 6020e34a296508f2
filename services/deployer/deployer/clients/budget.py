"""What every call to Cloudflare's API asks before and tells after; and how an answer speaks of its limit."""

import re
from collections.abc import Mapping
from typing import Protocol

from deployer.domain.calls import Quota

# `"default";r=50;t=30`, a list of such; as the IETF's draft has it (draft-ietf-httpapi-ratelimit-headers).
_ITEM = re.compile(r'"[^"]*"((?:\s*;\s*\w+\s*=\s*[^;,]*)*)')
_PARAMETER = re.compile(r";\s*(\w+)\s*=\s*(\d{1,9})(?![^;,\s])")


class CallBudget(Protocol):
    """How many calls the account may still make."""

    async def take(self, what: str, until: float) -> None:
        """Wait for a call's turn; raises CloudflareThrottled when that would take too long.

        Never longer than `until`, by the monotonic clock: no call is made later.
        """

    async def correct(self, quota: Quota) -> None:
        """Heed what an answer says is left."""

    async def block(self, seconds: float) -> None:
        """Heed that Cloudflare refuses all calls for so long."""


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """The least that an answer's `Ratelimit` leaves; None without one that can be read."""
    quotas = []
    for parameters in _ITEM.findall(headers.get("ratelimit", "")):
        named = {name: int(value) for name, value in _PARAMETER.findall(parameters)}
        if "r" in named and "t" in named:
            quotas.append(Quota(named["r"], named["t"]))
    return min(quotas, key=lambda quota: quota.left, default=None)
