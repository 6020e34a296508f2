"""Repairs without a model: the platform's own edits of a run's files after a failed build."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import BuildFinished, RunRequested, RunState
from common.contracts.events import FileWrittenEvent
from common.messaging.streams import RUN_SUBJECT
from orchestrator.db import apps, events
from orchestrator.db.models import Run
from orchestrator.domain.fixes import MAX_ROUNDS, repaired_files
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.metrics import REPAIRS
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import move

TOOL = "fixer"


async def repair(session: AsyncSession, resources: Resources, run: Run, finished: BuildFinished) -> bool:
    """Applies what the builder proposes and has the files built again; False when there is nothing to apply.

    It costs nobody anything and is none of the model's tries.
    """
    if not finished.fixes or run.repair_rounds >= MAX_ROUNDS:
        return False
    tree = Tree.from_json(run.tree or {})
    known = {fix.path: tree[fix.path].digest for fix in finished.fixes if fix.path in tree}
    blobs = await apps.get_blobs(session, run.app_id, set(known.values()))
    contents = repaired_files(finished.fixes, {path: blobs[digest] for path, digest in known.items()})
    if not contents:
        return False
    refs = {path: FileRef.of(content) for path, content in contents.items()}
    await apps.put_blobs(
        session, run.app_id, {refs[path].digest: content for path, content in contents.items()}
    )
    reasons = {fix.path: fix.reasons for fix in finished.fixes}
    for path, ref in refs.items():
        tree = tree.with_file(path, ref)
        event = FileWrittenEvent(run_id=run.id, path=path, tool=TOOL, size=ref.size, reasons=reasons[path])
        await events.append(session, run.app_id, event)
    run.tree = tree.to_json()
    run.repair_rounds += 1
    run.repaired = {**run.repaired, **{path: [*run.repaired.get(path, []), *reasons[path]] for path in refs}}
    move(run, RunState.RECOVERING)
    resources.outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=run.app_id))
    REPAIRS.inc()
    return True
