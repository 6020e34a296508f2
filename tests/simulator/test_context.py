"""The context window: longer prompts are refused, and an answer ends where it is full."""

from collections.abc import Iterator
from pathlib import Path

import anthropic
import pytest

from tests.simulator.harness import MODEL, running_simulator, sdk

SCRIPT = f"""
description: A model that reads little.
context_tokens: 100
sections:
  - turns:
      - text: {"word " * 100}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    scripts: Path = tmp_path_factory.mktemp("scripts")
    (scripts / "little.yaml").write_text(SCRIPT)
    with running_simulator(scripts) as address:
        yield address


async def test_a_prompt_beyond_the_window_is_refused_in_the_vendors_words(url: str) -> None:
    async with sdk(url) as client:
        with pytest.raises(anthropic.BadRequestError) as raised:
            await client.messages.create(
                model=MODEL,
                max_tokens=500,
                messages=[{"role": "user", "content": f"[[script:little]] {'x' * 900}"}],
            )
    assert raised.value.status_code == 400
    assert "prompt is too long: " in str(raised.value)
    assert " tokens > 100 maximum" in str(raised.value)


@pytest.mark.parametrize(("most", "reason"), [(500, "model_context_window_exceeded"), (10, "max_tokens")])
async def test_an_answer_ends_where_the_window_or_its_own_limit_does(
    url: str, most: int, reason: str
) -> None:
    async with sdk(url) as client:
        answer = await client.messages.create(
            model=MODEL, max_tokens=most, messages=[{"role": "user", "content": "[[script:little]]"}]
        )
    assert answer.stop_reason == reason
    assert answer.usage.input_tokens + answer.usage.output_tokens <= 100
