"""An app's database in one environment, as the data service shows it and the public API passes it on."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from common.contracts.base import EntityId
from common.contracts.deployments import Environment

MAX_SQL = 100_000

UserId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PolicyView(_View):
    """A row-level security policy, with its expressions as Postgres prints them."""

    name: str
    command: Literal["select", "insert", "update", "delete", "all"]
    roles: list[str]
    permissive: bool = True
    using: str | None = None
    check: str | None = None


class ColumnView(_View):
    """A column; the type as SQL spells it."""

    name: str
    type: str
    required: bool = Field(description="Whether it is NOT NULL")


class TableView(_View):
    """A table of the app."""

    name: str
    rows: int
    rows_exact: bool = Field(description="Whether they were counted; large tables' are estimated")
    bytes: int = Field(description="With its indexes")
    row_security: bool
    comment: str | None = None
    columns: list[ColumnView] = []
    policies: list[PolicyView] = []


class Advisory(_View):
    """Something about the database that is likely not meant, or slow."""

    code: str = Field(description="Stable, for programs")
    level: Literal["warning", "info"]
    table: str
    message: str
    hint: str


class MigrationView(_View):
    """A migration that is applied."""

    path: str
    digest: str
    applied_at: datetime


class DatabaseView(_View):
    """The database of an app's environment; where an app of one's own reaches it, with supabase-js."""

    environment: Environment
    url: str
    publishable_key: str
    bytes: int
    max_bytes: int = Field(description="From here on rows can be read and deleted only")
    users: int
    tables: list[TableView]
    migrations: list[MigrationView]
    advisories: list[Advisory]


class RunSql(BaseModel):
    """One statement. Without `write` it runs in a read-only transaction."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"sql": "select count(*) from todos where done"}]}
    )

    sql: str = Field(min_length=1, max_length=MAX_SQL)
    write: bool = Field(default=False, strict=True, description="Whether it may change rows")


class SqlResult(_View):
    """What a statement has answered or changed."""

    rows: list[dict[str, Any]] = Field(description="1,000 at most, of 4 MB together")
    changed: int | None = Field(default=None, description="How many rows were changed; null for a query")
    truncated: bool = Field(default=False, description="Whether there are more rows than these")
    duration_ms: int


class AppUser(_View):
    """A user of the app, from the pool of one environment."""

    id: str
    email: str | None
    confirmed: bool = Field(description="Whether the address is known to be theirs")
    anonymous: bool = False
    metadata: dict[str, Any] = Field(default={}, description="What the app has stored with the account")
    created_at: datetime
    last_sign_in_at: datetime | None = None
    banned_until: datetime | None = None


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be within the years 1 to 9999 in UTC") from error


class ChangeAppUser(BaseModel):
    """Until when a user may not sign in; null lets them in again. Their sessions end with a ban."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"banned_until": "2030-01-01T00:00:00Z"}]}
    )

    banned_until: Annotated[AwareDatetime, AfterValidator(_in_utc)] | None


class DumpView(_View):
    """A dump of an environment's database: rows, users and the migrations that make the tables."""

    id: EntityId
    environment: Environment
    reason: Literal["scheduled", "requested", "migration", "restore"]
    state: Literal["pending", "done", "failed"]
    bytes: int | None = Field(default=None, description="Compressed, as it is stored")
    digest: str | None = Field(default=None, description="The sha256 of these")
    rows: int | None = Field(default=None, description="Of all tables, users included")
    problem: str | None = Field(default=None, description="Why it failed")
    created_at: datetime
    finished_at: datetime | None = None
    kept_until: datetime | None = Field(default=None, description="The newest of a database is kept longer")


class RequestDump(BaseModel):
    """Of which environment's database a dump is wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"environment": "production"}]})

    environment: Environment


class RequestRestore(BaseModel):
    """What is restored, and where. What is there is replaced, after a dump of it was taken."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"dump": "dump_01k8m2x3y4z5a6b7c8d9e0f1g3", "environment": "preview"}]
        },
    )

    dump: EntityId
    environment: Environment


class RestoreView(_View):
    """A restore: until it is done everything is as it was, then all is as in the dump."""

    id: EntityId
    dump: EntityId
    environment: Environment
    state: Literal["pending", "done", "failed"]
    backup: EntityId | None = Field(default=None, description="The dump of what was there before")
    rows: int | None = None
    problem: str | None = Field(default=None, description="Why it failed")
    created_at: datetime
    finished_at: datetime | None = None
