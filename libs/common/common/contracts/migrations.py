"""An app's migrations: SQL files of its source, and what the data service finds of them."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from common.contracts.builds import Diagnostic

MIGRATIONS_FOLDER = "supabase/migrations"
DATABASE_TYPES = "src/lib/database.types.ts"
"""The file of an app that has the types of its tables; made from its migrations and by nobody else."""

DATABASE_URL_NAME = "SUPABASE_URL"
DATABASE_KEY_NAME = "SUPABASE_PUBLISHABLE_KEY"
"""Where an app's page finds its database, in `window.ENV`."""


def is_migration(path: str) -> bool:
    """Whether a file of an app's source is one of its migrations, by its path alone."""
    folder, _, name = path.rpartition("/")
    return folder == MIGRATIONS_FOLDER and name.endswith(".sql")


class MigrationFinding(BaseModel):
    """One thing that is wrong with migrations, or could be better. Lines and columns count from 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str | None = None
    line: int | None = None
    column: int | None = None
    code: str
    level: Literal["error", "warning"] = "error"
    message: str
    hint: str | None = None

    def as_diagnostic(self) -> Diagnostic:
        """The same as the builder tells of its own."""
        message = f"{self.message} {self.hint}" if self.hint else self.message
        return Diagnostic(file=self.file, line=self.line, column=self.column, code=self.code, message=message)


class DestructiveStep(BaseModel):
    """A step of a migration that loses what is stored; `lost` says what, for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    line: int | None = None
    what: str
    lost: str = ""


class CheckedMigrations(BaseModel):
    """What applying an app's migrations would bring; nothing of it was kept.

    `types` is the text of DATABASE_TYPES, `pending` the paths that are not applied yet.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    findings: tuple[MigrationFinding, ...] = ()
    tables: tuple[JsonValue, ...] = ()
    types: str | None = None
    pending: tuple[str, ...] = ()
    destructive: tuple[DestructiveStep, ...] = ()

    @property
    def errors(self) -> tuple[MigrationFinding, ...]:
        """What keeps them from being applied."""
        return tuple(found for found in self.findings if found.level == "error")


class AppDatabase(BaseModel):
    """Where an app finds its database."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ref: str
    url: str
    publishable_key: str


class AppliedMigrations(AppDatabase):
    """The database that migrations were applied to."""

    applied: tuple[str, ...] = Field(default=(), description="The paths that were not applied before")


def first_error(findings: Iterable[MigrationFinding]) -> str | None:
    """What is wrong first and where, in one sentence or two; None without an error."""
    error = next((found for found in findings if found.level == "error"), None)
    if error is None:
        return None
    where = ":".join(str(part) for part in (error.file, error.line) if part is not None)
    text = f"{where}: {error.message}" if where else error.message
    return f"{text} {error.hint}" if error.hint else text
