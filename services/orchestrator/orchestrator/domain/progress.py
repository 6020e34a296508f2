"""How the repairs of a run's files get on: what each try has changed, and when there is no use in another."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.contracts import Diagnostic

MAX_STALLED = 2
"""So many tries in a row that change nothing end a run."""

# What moves with every edit: positions in a message, and the first of the pages that have the error.
_POSITIONS = re.compile(r" \(page [^()]*\)$|\b\d+:\d+\b|\bline \d+\b")


def error_key(diagnostic: Diagnostic) -> str:
    """The same for an error wherever in its file it has moved."""
    message = _POSITIONS.sub("", " ".join(diagnostic.message.split()))
    key = f"{diagnostic.file or ''}|{diagnostic.code or ''}|{message}"
    return hashlib.sha256(key.encode("utf-8", errors="replace")).hexdigest()[:16]


@dataclass(frozen=True)
class Errors:
    """What was wrong once: how many errors in all, and how often each of those that were named."""

    category: str
    total: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, category: str, diagnostics: Iterable[Diagnostic], total: int = 0) -> "Errors":
        """`total`: of all, if more are known of than are named."""
        counts: Counter[str] = Counter()
        for diagnostic in diagnostics:
            counts[error_key(diagnostic)] += diagnostic.count
        return cls(str(category), max(total, counts.total()), counts)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Errors":
        return cls(stored["category"], stored["total"], stored["counts"])

    def to_json(self) -> dict[str, Any]:
        return {"category": self.category, "total": self.total, "counts": dict(self.counts)}

    @property
    def fingerprint(self) -> str:
        """Equal for the same errors, each as often, wherever their lines have moved."""
        keys = [f"{key} {count}" for key, count in sorted(self.counts.items())]
        return hashlib.sha256("\n".join([self.category, str(self.total), *keys]).encode()).hexdigest()[:16]

    @property
    def all_named(self) -> bool:
        return sum(self.counts.values()) == self.total


@dataclass(frozen=True)
class Progress:
    """What has become of the errors.

    `stalled`: how many of the last tries in a row have brought nothing; `stalls`: how many have in all.
    `before`: the errors that the last try was given, None before the first.
    """

    now: Errors
    before: Errors | None = None
    stalled: int = 0
    stalls: int = 0

    @property
    def hopeless(self) -> bool:
        return self.stalled >= MAX_STALLED

    @property
    def gone(self) -> int | None:
        """How many of the errors before are gone; None when not all of them have been named."""
        before = self.before
        if before is None or not (before.all_named and self.now.all_named):
            return None
        return sum((Counter(before.counts) - Counter(self.now.counts)).values())

    def new(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Those of the diagnostics of now that were not there before, or less often."""
        before = self.before.counts if self.before else {}
        return [one for one in diagnostics if self.now.counts[key := error_key(one)] > before.get(key, 0)]


def progress(told: Sequence[Errors], now: Errors) -> Progress:
    """Judges the errors that there are now by those that the model was told, oldest first."""
    everything = [*told, now]
    advances = [_advance(everything[:index], everything[index]) for index in range(1, len(everything))]
    stalled = next((nth for nth, moved in enumerate(reversed(advances)) if moved), len(advances))
    return Progress(now, told[-1] if told else None, stalled, advances.count(False))


def _advance(earlier: Sequence[Errors], now: Errors) -> bool:
    """Whether some error of the last time is gone, without the errors of an earlier time being back."""
    before = earlier[-1]
    if now.fingerprint in {errors.fingerprint for errors in earlier}:
        return False
    fewer = any(now.counts.get(key, 0) < count for key, count in before.counts.items())
    return fewer or now.total < before.total or now.category != before.category
