"""Thinking comes back as it was, behind what it was about: its signature proves both."""

from hashlib import sha256

from dev.simulator.wire.anthropic.blocks import blocks_of
from dev.simulator.wire.errors import invalid
from dev.simulator.wire.prompt import Prompt


def signature_of(before: str, thinking: str) -> str:
    """Of a thinking block in an answer to the prompt with the digest `before`."""
    return sha256(f"thinking:{before}:{thinking}".encode()).hexdigest()


def validate_history(prompt: Prompt) -> None:
    """Raises ApiError when thinking was changed, or anything that stands before the message it is in."""
    messages = prompt.body["messages"]
    index = len(prompt.segments) - sum(len(blocks_of(message)) for message in messages)
    for number, message in enumerate(messages):
        before = prompt.prefixes[index - 1] if index else ""
        for position, block in enumerate(blocks_of(message)):
            if block["type"] == "thinking" and block["signature"] != signature_of(
                before, str(block["thinking"])
            ):
                raise invalid(
                    f"messages.{number}.content.{position}: Invalid `signature` in `thinking` block"
                )
        index += len(blocks_of(message))
