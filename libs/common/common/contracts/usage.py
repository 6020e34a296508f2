"""What apps use of their databases (`events.data.usage.*`)."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from common.contracts.base import AppId, Contract
from common.contracts.deployments import Environment


class DataUsageRecorded(Contract):
    """What an app has used of its database in an hour; told once for each app, environment and hour."""

    type: ClassVar[str] = "overskill.events.data.usage.recorded.v1"

    app_id: AppId
    environment: Environment
    hour: datetime = Field(description="When the hour began")
    requests: int = Field(default=0, ge=0, description="Calls of its tables and functions")
    rows: int = Field(default=0, ge=0, description="Rows that they read or changed")
    bytes_out: int = Field(default=0, ge=0, description="Bytes of the answers' bodies")
    active_users: int = Field(default=0, ge=0, description="Signed-in users that were seen in the hour")
    storage_bytes: int = Field(default=0, ge=0, description="Tables and indexes, as last measured")
