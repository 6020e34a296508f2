"""The prompts and their checks, a file for each kind of app, read from `corpus/*.yaml`."""

import hashlib
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.steps import AnyStep
from evaluation.targets import Words

FOLDER = Path(__file__).with_name("corpus")
STANDARD = FOLDER / "standard.yaml"
T = TypeVar("T", bound=BaseModel)


class CorpusError(Exception):
    """A file of the corpus, or a selection from it, cannot be used; the message says where and why."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Check(_Model):
    """Steps of a new visitor, whose browser knows nothing of the app."""

    name: str
    steps: tuple[AnyStep, ...] = Field(min_length=1)


class Message(_Model):
    """What the person writes; a question is answered in words that `says` describes, not in files."""

    content: str = Field(min_length=1)
    mode: Literal["build", "plan", "ask"] = "build"
    says: Words | None = None


class Entry(_Model):
    """One app: its prompt, what is written to it afterwards, and what it then has to do."""

    id: str = Field(pattern=r"^[a-z]+-\d+$")
    language: Literal["en", "de"] = "en"
    prompt: str = Field(min_length=1)
    then: tuple[Message, ...] = ()
    answers: str = Field(default="Choose what you think is best.", description="To whatever the model asks")
    simulator: bool = Field(default=False, description="Whether the model simulator can serve it")
    checks: tuple[Check, ...] = Field(min_length=1)

    @property
    def kind(self) -> str:
        return self.id.partition("-")[0]

    def digest(self) -> str:
        """Changes with all that a result depends on, but not with its selection for the simulator."""
        return hashlib.sha256(self.model_dump_json(exclude={"simulator"}).encode()).hexdigest()[:16]


class _File(_Model):
    kind: str
    title: str
    entries: tuple[Entry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_say_the_kind(self) -> Self:
        strange = [entry.id for entry in self.entries if entry.kind != self.kind]
        if strange:
            raise ValueError(f"ids of this file begin with {self.kind}-, unlike {', '.join(strange)}")
        return self


class _Standard(_Model):
    checks: tuple[Check, ...]


class Corpus(_Model):
    titles: dict[str, str]
    entries: tuple[Entry, ...]

    def select(self, words: str) -> tuple[Entry, ...]:
        """The entries of these ids and kinds, between commas; `simulator` and `all` are selections, too."""
        chosen: set[str] = set()
        for word in filter(None, (word.strip() for word in words.split(","))):
            found = {
                entry.id
                for entry in self.entries
                if word in {entry.id, entry.kind, "all"} or (word == "simulator" and entry.simulator)
            }
            if not found:
                kinds = ", ".join(self.titles)
                raise CorpusError(f"There is no entry or kind {word!r}. Kinds: {kinds}; also all, simulator.")
            chosen |= found
        return tuple(entry for entry in self.entries if entry.id in chosen)


def load_corpus(folder: Path = FOLDER) -> Corpus:
    """Every entry has the checks of `standard.yaml` after its own. Raises CorpusError."""
    standard = _read(_Standard, folder / STANDARD.name)
    files = [_read(_File, path) for path in sorted(folder.glob("*.yaml")) if path.name != STANDARD.name]
    entries = [
        entry.model_copy(update={"checks": (*entry.checks, *standard.checks)})
        for file in files
        for entry in file.entries
    ]
    ids = [entry.id for entry in entries]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise CorpusError(f"{folder}: these ids come twice: {', '.join(twice)}")
    return Corpus(titles={file.kind: file.title for file in files}, entries=tuple(entries))


def _read(model: type[T], path: Path) -> T:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        faults = [f"{_where(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise CorpusError("\n".join([f"{path}:", *(f"  {fault}" for fault in faults)])) from error


def _where(location: tuple[Any, ...]) -> str:
    return ".".join(map(str, location)) or "the file"
