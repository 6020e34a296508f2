"""Every error a caller of the orchestrator can meet, with its stable code."""

from typing import ClassVar, Self

from common.errors import (
    AppError,
    Conflict,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    TooManyRequests,
    Unavailable,
)


class AppNotFound(NotFound):
    code: ClassVar[str] = "app_not_found"

    @classmethod
    def of(cls, app_id: str) -> Self:
        return cls(f"There is no app '{app_id}'.", app_id=app_id)


class RunNotFound(NotFound):
    code: ClassVar[str] = "run_not_found"


class BuildNotFound(NotFound):
    code: ClassVar[str] = "build_not_found"


class ThumbnailNotFound(NotFound):
    code: ClassVar[str] = "thumbnail_not_found"


class DeploymentNotFound(NotFound):
    code: ClassVar[str] = "deployment_not_found"


class KeyNotFound(NotFound):
    code: ClassVar[str] = "key_not_found"


class LastKey(Conflict):
    """A team without any key could never make one again."""

    code: ClassVar[str] = "last_key"


class VersionNotFound(NotFound):
    code: ClassVar[str] = "version_not_found"


class FileNotFound(NotFound):
    code: ClassVar[str] = "file_not_found"


class UploadNotFound(NotFound):
    code: ClassVar[str] = "upload_not_found"

    @classmethod
    def of(cls, upload_id: str) -> Self:
        return cls(f"There is no upload '{upload_id}'.", upload_id=upload_id)


class DatabaseNotFound(NotFound):
    """The app's environment has no tables yet, or the installation no data service."""

    code: ClassVar[str] = "database_not_found"


class UploadInUse(Conflict):
    """The picture belongs to a message, or to the messages of another app."""

    code: ClassVar[str] = "upload_in_use"


class UploadsFull(PayloadTooLarge):
    """The team's pictures take as much room as they may."""

    code: ClassVar[str] = "uploads_full"


class UploadTooSlow(AppError):
    """The body of an upload did not come in time, or broke off."""

    code: ClassVar[str] = "upload_too_slow"
    status: ClassVar[int] = 408


class PictureInvalid(InvalidInput):
    """Bytes that are no picture of a kind that is taken, or not all of one."""

    code: ClassVar[str] = "picture_invalid"


class PictureTooLarge(PayloadTooLarge):
    code: ClassVar[str] = "picture_too_large"


class AttachmentsTooLarge(PayloadTooLarge):
    """The pictures of a message together."""

    code: ClassVar[str] = "attachments_too_large"


class PromptEmpty(InvalidInput):
    code: ClassVar[str] = "prompt_empty"


class PromptNotText(InvalidInput):
    """A prompt with NUL characters or halves of characters."""

    code: ClassVar[str] = "prompt_not_text"


class PromptTooLarge(PayloadTooLarge):
    code: ClassVar[str] = "prompt_too_large"


class InvalidPath(InvalidInput):
    code: ClassVar[str] = "invalid_path"


class BinaryContent(InvalidInput):
    """Bytes that are no UTF-8 text, where text is expected."""

    code: ClassVar[str] = "binary_content"


class FileLocked(AppError):
    """The file belongs to the platform; answered with HTTP's own 423 Locked."""

    code: ClassVar[str] = "file_locked"
    status: ClassVar[int] = 423


class FileNotAllowed(InvalidInput):
    """A file that would run, or stand in for another, while the app is built; `line` if it is about one."""

    code: ClassVar[str] = "file_not_allowed"


class PathConflict(Conflict):
    """The path collides with another one: spelled the same but for case, or a file where a folder is."""

    code: ClassVar[str] = "path_conflict"


class FileTooLarge(PayloadTooLarge):
    code: ClassVar[str] = "file_too_large"


class TooManyFiles(PayloadTooLarge):
    code: ClassVar[str] = "too_many_files"


class AppTooLarge(PayloadTooLarge):
    code: ClassVar[str] = "app_too_large"


class RunNotCancellable(Conflict):
    code: ClassVar[str] = "run_not_cancellable"


class RunNotWaiting(Conflict):
    """Answers to a run that has asked nothing, or whose questions were answered or withdrawn."""

    code: ClassVar[str] = "run_not_waiting"


class AnswersMismatch(InvalidInput):
    """Fewer or more answers than the run has questions."""

    code: ClassVar[str] = "answers_mismatch"


class BuildNotCancellable(Conflict):
    """A run waits for the build: it is the run that can be cancelled."""

    code: ClassVar[str] = "build_not_cancellable"


class RunActive(Conflict):
    """Files cannot be written by hand while a run is writing them."""

    code: ClassVar[str] = "run_active"


class AlreadyCurrent(Conflict):
    """The app's foundation is not older than the release it should be upgraded to."""

    code: ClassVar[str] = "already_current"


class MigrationFailed(InvalidInput):
    """The app's migrations cannot be applied to the environment's database."""

    code = "migration_failed"


class NeedsApproval(Conflict):
    """Migrations that production has not seen yet would lose what is stored there."""

    code = "migration_needs_approval"


class NotRollbackable(Conflict):
    """A deployment that was never live cannot go live again."""

    code: ClassVar[str] = "deployment_never_live"


class VersionConflict(PreconditionFailed):
    """An If-Match that no longer holds: somebody else has written since."""

    code: ClassVar[str] = "version_conflict"


class BudgetExhausted(AppError):
    """A run, app or team has used up what it may; answered with HTTP's own 402 Payment Required."""

    code: ClassVar[str] = "budget_exhausted"
    status: ClassVar[int] = 402


class BudgetReserved(Unavailable):
    """Requests under way may use up the rest of a budget: the run waits until they are done."""

    code: ClassVar[str] = "budget_reserved"


class BudgetOverCap(InvalidInput):
    """A budget that is higher than what the operator allows."""

    code: ClassVar[str] = "budget_over_cap"


class RateLimited(TooManyRequests):
    """The team sends for more runs a minute than it may."""

    code: ClassVar[str] = "rate_limited"


class QueueFull(TooManyRequests):
    """As many of the team's messages wait for their runs as may."""

    code: ClassVar[str] = "queue_full"


class UpgradeLimit(TooManyRequests):
    """The app was upgraded, or its team's were, as often as the platform pays for."""

    code: ClassVar[str] = "upgrade_limit"


class IdempotencyConflict(Conflict):
    """An Idempotency-Key that was used before with another request."""

    code: ClassVar[str] = "idempotency_conflict"


class ModelUnavailable(Unavailable):
    """The vendor is busy, limits us or cannot be reached."""

    code: ClassVar[str] = "model_unavailable"


class ModelExhausted(AppError):
    """The vendor stayed unavailable for as long as a run may wait for it."""

    code: ClassVar[str] = "model_unavailable"
    status: ClassVar[int] = 503


class ModelCut(Unavailable):
    """The stream ended before `message_stop`: blocks delivered so far are whole, the turn is not."""

    code: ClassVar[str] = "model_cut"


class ModelRejected(AppError):
    """The vendor refuses the request itself (key, billing, model name, content): asking again is in vain."""

    code: ClassVar[str] = "model_rejected"
    status: ClassVar[int] = 502


class ModelTooLong(ModelRejected):
    """The conversation is longer than the model reads: a shorter one will be taken."""


class ModelRefused(AppError):
    """The model declined to do what it was asked."""

    code: ClassVar[str] = "model_refused"
    status: ClassVar[int] = 422


class ModelGaveUp(AppError):
    """The model answered without usable work, also after being asked again; its words are billed."""

    code: ClassVar[str] = "model_gave_up"
    status: ClassVar[int] = 422


class RunBroken(AppError):
    """A fault of ours that came back at every attempt."""

    code: ClassVar[str] = "internal_error"


class BuildImpossible(AppError):
    """The build could not be carried out, for a reason of the platform's."""

    code: ClassVar[str] = "build_impossible"
    status: ClassVar[int] = 502


class RunTimedOut(AppError):
    """A run did not end within the time it may take."""

    code: ClassVar[str] = "run_timed_out"
    status: ClassVar[int] = 504


class RunTooLong(AppError):
    """What was asked for kept the model at work for most of the time that a run may take; it is billed."""

    code: ClassVar[str] = "run_too_long"
    status: ClassVar[int] = 422


class BuildFailed(AppError):
    """The app does not build, also after the model was given its errors."""

    code: ClassVar[str] = "build_failed"
    status: ClassVar[int] = 422


class PagesFailed(AppError):
    """The app builds, but a browser found that it does not run, also after the model was told."""

    code: ClassVar[str] = "pages_failed"
    status: ClassVar[int] = 422


class DeploymentFailed(AppError):
    """The deployer could not put the app live."""

    code: ClassVar[str] = "deployment_failed"
    status: ClassVar[int] = 502


class ScriptTooLarge(DeploymentFailed):
    """The app does not fit into a Worker, which is for its author to change."""

    code: ClassVar[str] = "script_too_large"
    status: ClassVar[int] = 422


class TurnLimitReached(AppError):
    """A run needed more turns of the model than it may have."""

    code: ClassVar[str] = "turn_limit_reached"
    status: ClassVar[int] = 422
