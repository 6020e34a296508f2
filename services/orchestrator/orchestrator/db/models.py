"""The orchestrator's tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from common.contracts import TemplateRef
from common.database import TemplateRefType
from common.work import Attempted, Leased
from orchestrator.db.base import APP_ID, DIGEST, ID, Base, Inbox, Outbox
from orchestrator.db.ledger import BudgetAlert, MonthlyUsage, UsageTotal
from orchestrator.db.releasing import Build, Deployment
from orchestrator.domain.budgets import Limits
from orchestrator.domain.upgrade import Upgrade

__all__ = [
    "APP_ID", "DIGEST", "ID", "ApiKey", "App", "Base", "Blob", "BudgetAlert", "Build", "Deployment", "Event",
    "IdempotentRequest", "Inbox", "Message", "MonthlyUsage", "Outbox", "Run", "Team", "ToolResult", "Turn",
    "TurnBlock", "UsageTotal", "Version",
]  # fmt: skip

ACTIVE_RUN = "state IN ('preparing', 'generating', 'checking', 'recovering', 'deploying', 'verifying')"
QUEUED_RUN = "state = 'queued'"


class Team(Base):
    """`runs_due_at`: when all runs it has sent for so far would have begun, at the rate it may send them;
    `asides_due_at`: likewise for the short requests that the platform bears.

    Its budgets are for a month; None: none of its own.
    """

    __tablename__ = "teams"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    runs_due_at: Mapped[datetime | None]
    asides_due_at: Mapped[datetime | None]
    budget_microdollars: Mapped[int | None] = mapped_column(BigInteger)
    budget_tokens: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def budget(self) -> Limits:
        return Limits(self.budget_microdollars, self.budget_tokens)


class ApiKey(Base):
    """`digest` is the sha256 of the key, which is random enough to need no slow hash; the key is not kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    hint: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]


class App(Base):
    """`event_seq` and `version_seq` count the app's events and versions; `head` is its newest version.

    `logo` is one that a model has drawn, as safe SVG; see `domain.naming.NamedBy` for who has named it.
    `choosing`: its first run is to choose another `template` if that suits what was asked for.

    A deleted app is hidden at once, and erased once nothing of it is left elsewhere. Its budgets are for a
    month; None: none of its own.
    """

    __tablename__ = "apps"
    __table_args__ = (
        Index("ix_apps_listed", "team_id", "created_at", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(
            "ix_apps_to_tear_down", "deleted_at",
            postgresql_where=text("deleted_at IS NOT NULL AND erased_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(APP_ID, primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    named_by: Mapped[str] = mapped_column(String(16), default="person", server_default=text("'person'"))
    logo: Mapped[str | None] = mapped_column(Text, deferred=True)
    template: Mapped[TemplateRef] = mapped_column(TemplateRefType)
    choosing: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    model: Mapped[str] = mapped_column(String(100))
    head: Mapped[int | None]
    event_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    version_seq: Mapped[int] = mapped_column(default=0)
    budget_microdollars: Mapped[int | None] = mapped_column(BigInteger)
    budget_tokens: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    @property
    def budget(self) -> Limits:
        return Limits(self.budget_microdollars, self.budget_tokens)


class Message(Base):
    """One message of an app's chat. What the platform says to the model on its own account is not billed."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_app_id_id", "app_id", "id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"))
    run_id: Mapped[str] = mapped_column(ID)
    role: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(32))
    content: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    billing_ignore: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Run(Leased, Attempted, Base):
    """The work one message causes. `tree` is its working copy, `questions` what it waits for answers to.

    `attachments` are the pictures of the message (see `domain.attachments.Attachment`). `upgrade`: it moves
    the app to another release of its template (see `domain.upgrade.Upgrade`).

    The conversation opens with the blocks of `prefix` and then `first_message`. `condensed`: how often it was
    begun anew because it had grown too long, the last time behind the turn `condensed_after`. `draft`: the
    working copy is kept for the app's next run, whose `draft_run_id` is this run's; unless that is to
    `start_over`. `told_errors` are those of each recovery (see `domain.progress.Errors`), oldest first.
    `fingerprint` is of the releases before it, whose replicas still read it. `prompt_version` is of the
    system prompt that the model had last, `model` the one that the run has moved to, as its own was out.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_app_id_id", "app_id", "id"),
        Index("uq_runs_active_app", "app_id", unique=True, postgresql_where=text(ACTIVE_RUN)),
        Index("uq_runs_draft", "app_id", unique=True, postgresql_where=text("draft")),
        Index("ix_runs_queued", "id", postgresql_where=text(QUEUED_RUN)),
        Index("ix_runs_upgrades", "created_at", postgresql_where=text("upgrade IS NOT NULL")),
        Index("ix_runs_events_kept", "finished_at", "id", postgresql_where=text("events_kept")),
        Index("ix_runs_conversation_kept", "finished_at", postgresql_where=text("first_message IS NOT NULL")),
        Index(
            "ix_runs_unfinished", "updated_at",
            postgresql_where=text("state NOT IN ('succeeded', 'answered', 'waiting', 'failed', 'cancelled')"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"))
    request: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    mode: Mapped[str] = mapped_column(String(16), default="build", server_default=text("'build'"))
    upgrade: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(String(16))
    base_version: Mapped[int | None]
    tree: Mapped[dict[str, Any] | None]
    start_over: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    draft: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    draft_run_id: Mapped[str | None] = mapped_column(ID)
    prefix: Mapped[list[str] | None]
    first_message: Mapped[str | None] = mapped_column(Text)
    events_kept: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    recoveries: Mapped[int] = mapped_column(default=0)
    condensed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    condensed_after: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    repair_rounds: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    repaired: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    told_errors: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    fingerprint: Mapped[str | None] = mapped_column(DIGEST)
    model: Mapped[str | None] = mapped_column(String(100))
    build_id: Mapped[str | None] = mapped_column(ID)
    deployment_id: Mapped[str | None] = mapped_column(ID)
    version: Mapped[int | None]
    prompt_version: Mapped[str | None] = mapped_column(String(16))
    title: Mapped[str | None] = mapped_column(String(100))
    summary: Mapped[str | None] = mapped_column(Text)
    decisions: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    questions: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    todo: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def upgrading(self) -> Upgrade | None:
        return None if self.upgrade is None else Upgrade.from_json(self.upgrade)

    def template_of(self, app: App) -> TemplateRef:
        """The release of the template that the run works on."""
        return app.template if self.upgrading is None else self.upgrading.target


class Turn(Base):
    """One request to a model. Its tokens are known from the start on, so that a lost one is accounted for.

    `kind` is what for. `seq` counts those of the run's conversation from 1, others backwards from -1.
    `for_call` is the call that a picture is for: its turn's id and its own, a blank between.
    `reserved_…` is the most it may cost its user, which counts as used as long as it is open.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("uq_turns_run_id_seq", "run_id", "seq", unique=True),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(
        String(16), default="conversation", server_default=text("'conversation'")
    )
    for_call: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    billing_class: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(100))
    request_id: Mapped[str | None] = mapped_column(String(200))
    stop_reason: Mapped[str | None] = mapped_column(String(40))
    injected: Mapped[str | None] = mapped_column(Text)
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cache_read_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_1h_tokens: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    reasoning_tokens: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    cost_microdollars: Mapped[int | None] = mapped_column(BigInteger)
    reserved_microdollars: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    reserved_tokens: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class TurnBlock(Base):
    """One finished content block of a turn, exactly as it has to be replayed to the model.

    JSON, not JSONB: that would reorder keys and refuse the NUL characters a model may send.
    """

    __tablename__ = "turn_blocks"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)


class ToolResult(Base):
    """What a tool call did; it commits together with the change of the run's tree.

    `picture` is the digest of the blob that the model is shown; `edits` tells by path which lines became
    which, so that later edits made against an older revision can be moved along.
    """

    __tablename__ = "tool_results"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    tool_use_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    tool: Mapped[str] = mapped_column(String(64))
    path: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    is_error: Mapped[bool]
    picture: Mapped[str | None] = mapped_column(DIGEST)
    edits: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Blob(Base):
    """A file's content, kept once an app however many versions have it."""

    __tablename__ = "blobs"

    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Upload(Base):
    """A picture of a team's; once a message has it, that message's app. `name` is unique within the app."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_team_id", "team_id", "id"),
        Index("ix_uploads_app_id", "app_id"),
        Index("ix_uploads_unused", "created_at", postgresql_where=text("app_id IS NULL")),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    app_id: Mapped[str | None] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Version(Base):
    """An unchangeable snapshot of an app's files. `origin` is what made it: a run, an upload or a restore.

    Those of earlier releases have no `title`. `template` is the release that its files are made for; None:
    the app's, which then has never had another.
    """

    __tablename__ = "versions"

    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    origin: Mapped[str] = mapped_column(String(16))
    title: Mapped[str | None] = mapped_column(String(100))
    summary: Mapped[str] = mapped_column(Text)
    tree: Mapped[dict[str, Any]]
    tree_digest: Mapped[str] = mapped_column(DIGEST)
    template: Mapped[TemplateRef | None] = mapped_column(TemplateRefType)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Event(Base):
    """What clients follow: numbered without gaps an app, in the order of the commits."""

    __tablename__ = "events"

    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(40))
    run_id: Mapped[str | None] = mapped_column(ID)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotentRequest(Base):
    """The answer to a request that came with an Idempotency-Key, to be given again."""

    __tablename__ = "idempotent_requests"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(DIGEST)
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
