"""What every message between services has in common."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A sha256 in lower-case hexadecimal."""

AppId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{11}$")]
EntityId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,6}_[0-9a-z]{26}$")]


class Contract(BaseModel):
    """A message; `type` is its CloudEvents type and ends in the contract's major version.

    Fields are only ever added, with a default: readers ignore what they do not know.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
