"""What an entry of the corpus came to, and the file that keeps it, so that an evaluation can go on later."""

import datetime as dt
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.corpus import Entry


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class CheckResult(_Record):
    name: str
    problem: str | None = None


class RunResult(_Record):
    """One run of the conversation; `state` is the API's, or `timed_out`."""

    id: str
    state: str
    code: str | None = None
    message: str | None = None
    recoveries: int = 0
    prompt_version: str | None = None

    @property
    def failed(self) -> bool:
        return self.state not in {"succeeded", "answered", "waiting"}


class Tokens(_Record):
    """`input` are those not read from a cache; all counts are tokens."""

    input: int = 0
    cached: int = 0
    output: int = 0


class Result(_Record):
    """An entry with all it depends on, and what came of it. Cost is null where a price is unknown."""

    entry: str
    digest: str
    model: str
    prompt: str
    simulated: bool
    at: dt.datetime
    app: str
    template: str
    url: str | None
    seconds: float
    runs: tuple[RunResult, ...]
    checks: tuple[CheckResult, ...]
    tokens: Tokens
    microdollars: int | None

    @property
    def kind(self) -> str:
        return self.entry.partition("-")[0]

    @property
    def succeeded(self) -> bool:
        return not any(run.failed for run in self.runs) and not self.problems

    @property
    def problems(self) -> list[CheckResult]:
        return [check for check in self.checks if check.problem is not None]

    @property
    def repairs(self) -> int:
        return sum(run.recoveries for run in self.runs)


class Ledger:
    """The results in a file of JSON lines, replaced whole with each one more: it is valid at any moment.

    `model` and `prompt` tell whether an earlier result still counts; unknown of a stack that somebody else
    runs until its first result has come.
    """

    def __init__(self, path: Path, model: str | None = None, prompt: str | None = None) -> None:
        self.model = model
        self.prompt = prompt
        self._path = path
        self._results = _read(path)

    def begin_anew(self) -> None:
        """What there is goes to a file beside, whose earlier content is lost."""
        if self._path.exists():
            self._path.replace(self._path.with_suffix(".old.jsonl"))
        self._results = []

    def add(self, result: Result) -> None:
        """Kept in the place of an earlier one of the same entry, model and prompt."""
        self.model, self.prompt = result.model, result.prompt
        self._results = [one for one in self._results if _key(one) != _key(result)] + [result]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(f"{one.model_dump_json()}\n" for one in self._results)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def result_of(self, entry: Entry) -> Result | None:
        """The one that still counts."""
        for result in reversed(self._results):
            if (
                (result.entry, result.digest) == (entry.id, entry.digest())
                and self.model in {None, result.model}
                and self.prompt in {None, result.prompt}
            ):
                return result
        return None


def _key(result: Result) -> tuple[str, str, str]:
    return result.entry, result.model, result.prompt


def _read(path: Path) -> list[Result]:
    """A line that another release wrote in another form counts as not there."""
    results = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            results.append(Result.model_validate_json(line))
        except ValidationError:
            continue
    return results
