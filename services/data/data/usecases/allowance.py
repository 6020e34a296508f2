"""What a realm may take: rows a second of this process, and room for what it stores.

How much it may ask at once is a matter of its shard's connections.
"""

import time

from common.errors import TooManyRequests
from data.clients.shard import Answer
from data.domain.limits import RowBudget
from data.domain.metering import Meter
from data.domain.realm import Role
from data.errors import StorageFull
from data.settings import LifeSettings

_BURST_SECONDS = 10.0


class Allowance:
    """`full` are the realms that may read and delete only. What is answered is counted by `meter`."""

    def __init__(self, settings: LifeSettings) -> None:
        per_second = settings.app_rows_per_second
        self._rows = RowBudget(per_second, per_second * _BURST_SECONDS)
        self._max_bytes = settings.app_max_bytes
        self.meter = Meter()
        self.full: frozenset[str] = frozenset()

    def admit(self, ref: str, *, stores: bool) -> None:
        """Lets a request in, which `stores` more when it succeeds; raises TooManyRequests or StorageFull."""
        if stores and ref in self.full:
            raise self.refusal()
        wait = self._rows.wait(ref, time.monotonic())
        if wait > 0:
            refused = TooManyRequests("The app reads more rows than it may; ask for fewer, or later.")
            refused.retry_after = wait
            raise refused

    def refusal(self) -> StorageFull:
        """What is told where something would have been stored."""
        return StorageFull(
            f"The app's database holds its {self._max_bytes:,} bytes: rows can be read and deleted only."
        )

    def answered(self, ref: str, role: Role, answer: Answer) -> None:
        """Counts what a gate has answered; the platform's own looks are free."""
        if role is Role.OWNER:
            return
        self._rows.take(ref, answer.returned, time.monotonic())
        self.meter.note(ref, answer.returned, len(answer.body or ""))
