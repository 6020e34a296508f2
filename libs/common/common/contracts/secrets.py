"""An environment's secrets and public variables, as the deployer takes them and the public API passes on."""

import math
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    Secret,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    field_serializer,
    model_validator,
)

from common.contracts.base import EntityId
from common.contracts.deployments import Environment

TEAM_HEADER = "x-overskill-team"
KEY_HEADER = "x-overskill-key"
"""Headers that tell the deployer whose request it is, and by which API key: for its record of changes."""

MAX_SECRETS = 60
MAX_DEPTH = 16
MAX_SAFE_INTEGER = 2**53 - 1
_ANY_JSON = WithJsonSchema({"type": ["string", "number", "boolean", "null", "array", "object"]})
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


class SecretValue(BaseModel):
    """What a variable of an environment is set to. It shows in its JSON only, never in logs and errors."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    value: Annotated[Secret[JsonValue], _ANY_JSON] = Field(
        description="Of a secret a text of at most 5 KiB, never readable again; of a public variable JSON of "
        "at most 5 KiB, with numbers that JavaScript can hold"
    )
    public: StrictBool = Field(
        default=False,
        description="Whether the app's page has it, as `window.ENV.NAME`, where everybody can read it",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        value = self.value.get_secret_value()
        if not self.public and not isinstance(value, str):
            raise ValueError("a secret is a text; only what is public may be other JSON")
        _check_json(value)
        return self

    @field_serializer("value", when_used="json")
    def _reveal(self, value: Secret[JsonValue]) -> JsonValue:
        return value.get_secret_value()


def _check_json(value: JsonValue) -> None:
    """Raises ValueError for what would be something else in JavaScript, or is no text."""
    waiting: list[tuple[JsonValue, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"lists and objects lie in each other more than {MAX_DEPTH} deep")
        if isinstance(item, dict):
            if "__proto__" in item:
                raise ValueError("an object cannot have the key __proto__")
            waiting.extend((below, depth + 1) for pair in item.items() for below in pair)
        elif isinstance(item, list):
            waiting.extend((below, depth + 1) for below in item)
        elif isinstance(item, str):
            _check_text(item)
        elif item is not None and not -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
            _check_large(item)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds halves of characters") from None


def _check_large(number: float) -> None:
    if not isinstance(number, float):
        raise ValueError(f"a whole number has to be between -{MAX_SAFE_INTEGER} and {MAX_SAFE_INTEGER}")  # noqa: TRY004
    if not math.isfinite(number):
        raise ValueError("a number has to be finite")


class CopySecrets(BaseModel):
    """Which variables of which environment are to be copied into another: all of them, or some by name.

    Either all are copied or none. Without `overwrite`, one that is there already refuses the whole.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        json_schema_extra={"examples": [{"from": "preview", "names": ["API_TOKEN"], "overwrite": True}]},
    )

    source: Environment = Field(alias="from", description="The environment to copy from")
    names: list[SecretName] | None = Field(
        default=None, min_length=1, max_length=MAX_SECRETS, description="All, if not given"
    )
    overwrite: StrictBool = Field(default=False, description="Replace those of the same names")


class SecretView(BaseModel):
    """A secret or a public variable of an environment, as it is listed."""

    name: str
    public: bool = False
    value: Annotated[JsonValue, _ANY_JSON] = Field(
        default=None, description="Of a public one; null for a secret"
    )
    updated_at: datetime


class CopiedSecrets(BaseModel):
    """What was copied."""

    names: list[str]


class SecretAction(StrEnum):
    """What happened to secrets. `deployed`: an upload of a deployment took them to Cloudflare."""

    SET = "set"
    DELETED = "deleted"
    COPIED = "copied"
    DEPLOYED = "deployed"


class SecretEvent(BaseModel):
    """An entry of the record of an environment's secrets: names, never values.

    `team_id` and `key_id` are null for what the platform did by itself.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: datetime
    action: SecretAction
    names: list[str]
    source: Environment | None = Field(description="Where copied ones come from")
    deployment_id: EntityId | None
    team_id: EntityId | None
    key_id: EntityId | None = Field(description="The API key of the request")
