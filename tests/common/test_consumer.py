"""What becomes of a message, whatever its handler does and whatever its sender wrote."""

import asyncio
import dataclasses
from typing import Any

import pytest
import structlog
from nats.js.api import ConsumerConfig

from common.errors import NotFound, Unavailable
from common.messaging.consumer import Delivery
from common.messaging.publisher import Bus, _wire_size, envelope
from common.messaging.streams import Consumer, dead_letter_subject
from common.messaging.tries import Tries
from common.metrics import MESSAGES
from tests.common.conftest import Logged
from tests.common.handling import Handling, consuming, forget_everything
from tests.common.messages import PATIENT, QUICK, SHORT, Note, send, settled, stored, until


@pytest.fixture(autouse=True)
async def nothing_left(bus: Bus) -> None:
    await forget_everything(bus)


async def dead(bus: Bus, consumer: Consumer = QUICK) -> list[dict[str, str]]:
    return [message.headers or {} for message in await stored(bus, dead_letter_subject(consumer))]


async def dead_letters(bus: Bus, count: int, consumer: Consumer = QUICK) -> bool:
    return len(await dead(bus, consumer)) == count


def counted(outcome: str, consumer: Consumer = QUICK) -> float:
    return float(MESSAGES.labels(consumer.name, outcome)._value.get())


async def test_what_is_handled_is_acknowledged(bus: Bus) -> None:
    handling, done = Handling(), counted("done")
    async with consuming(bus, handling):
        identifier = await send(bus, QUICK, "work")
        await until(lambda: counted("done") == done + 1)
        await until(lambda: settled(bus, QUICK))
    assert [item.message_id for item in handling.seen] == [identifier]
    assert await stored(bus, QUICK.subject) == []


async def test_a_passing_error_delays_the_message(bus: Bus, log: Logged) -> None:
    handling, delayed = Handling(Unavailable("Not now."), RuntimeError("unexpected")), counted("delayed")
    async with consuming(bus, handling):
        await send(bus, QUICK, "work")
        await until(lambda: len(handling.seen) == 3)
        await until(lambda: settled(bus, QUICK))
    assert len({item.message_id for item in handling.seen}) == 1
    assert counted("delayed") == delayed + 2
    told = log.named("message delayed")
    assert [entry["failures"] for entry in told] == [0, 1]  # waiting is no failure
    first, second = (entry["delay"] for entry in told)
    assert 0.25 <= first <= 0.5 <= second <= 1.0
    assert await dead(bus) == []


async def test_a_lasting_error_is_a_dead_letter_at_once(bus: Bus) -> None:
    handling, before = Handling(NotFound("No such app: größer\r\nthan life.")), counted("dead")
    async with consuming(bus, handling):
        identifier = await send(bus, QUICK, "work")
        await until(lambda: dead_letters(bus, 1))
        await until(lambda: settled(bus, QUICK))
    letter = (await stored(bus, dead_letter_subject(QUICK)))[0]
    assert Note.model_validate_json(letter.data or b"").text == "work"
    headers = letter.headers or {}
    assert headers["ce-id"] == identifier
    assert headers["ce-type"] == Note.type
    assert headers["overskill-reason"].startswith("not_found: No such app: gr\\xf6\\xdfer")
    assert headers["overskill-subject"] == QUICK.subject
    assert len(handling.seen) == 1
    assert counted("dead") == before + 1
    assert await stored(bus, QUICK.subject) == []


async def test_an_unknown_error_is_a_dead_letter_in_the_end(bus: Bus) -> None:
    secret = "postgresql://role:hunter2@db/app"
    handling = Handling(*(RuntimeError(f"cannot reach {secret}") for _ in range(5)))
    async with consuming(bus, handling):
        await send(bus, QUICK, "work")
        await until(lambda: dead_letters(bus, 1))
    headers = (await dead(bus))[0]
    assert headers["overskill-reason"] == "RuntimeError: cannot reach postgresql://role:***@db/app"
    assert headers["overskill-attempts"] == str(QUICK.max_failures)
    assert len(handling.seen) == QUICK.max_failures


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"not JSON", {}, "does not fit its contract"),
        (b"\xff\xfe", {}, "does not fit its contract"),
        (b'{"words": "no text"}', {}, "does not fit its contract"),
        (b'{"text": "x"}', {"ce-type": "overskill.tests.note.v2"}, "'overskill.tests.note.v2'"),
        (b'{"text": "x"}', {"ce-id": ""}, "no 'ce-id'"),
        (b'{"text": "x"}', {"ce-type": "größer", "traceparent": "größer"}, "is of type"),
        (b'{"text": "x"}', {"Nats-Expected-Stream": "WORK", "ce-type": "other"}, "'other'"),
    ],
)
async def test_what_cannot_be_read_is_a_dead_letter(
    bus: Bus, body: bytes, headers: dict[str, str], reason: str
) -> None:
    handling = Handling()
    async with consuming(bus, handling):
        await bus.publish(QUICK.subject, body, {**envelope("tests", Note(text="x")), **headers})
        await until(lambda: dead_letters(bus, 1))
        await until(lambda: settled(bus, QUICK))
        assert reason in (await dead(bus))[0]["overskill-reason"]
        await send(bus, QUICK, "next")
        await until(lambda: handling.texts == ["next"])


async def test_a_message_without_headers_is_a_dead_letter(bus: Bus) -> None:
    async with consuming(bus, Handling()):
        await bus.jetstream.publish(QUICK.subject, b"{}")
        await until(lambda: dead_letters(bus, 1))


async def test_one_event_may_be_a_dead_letter_of_several_consumers(bus: Bus) -> None:
    second = Consumer("tests-second", PATIENT.stream, PATIENT.subject)
    config = ConsumerConfig(durable_name=second.name, filter_subject=second.subject)
    await bus.jetstream.add_consumer("EVENTS", config)
    async with (
        consuming(bus, Handling(NotFound("x")), PATIENT),
        consuming(bus, Handling(NotFound("x")), second),
    ):
        await send(bus, PATIENT, "event")
        await until(lambda: dead_letters(bus, 1, PATIENT))
        await until(lambda: dead_letters(bus, 1, second))


async def test_without_a_place_for_dead_letters_the_message_is_kept(bus: Bus, log: Logged) -> None:
    class NoDeadLetters(Bus):
        refusing = True

        async def publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
            if self.refusing and subject.startswith("dlq."):
                raise Unavailable("The disk is full.")
            await super().publish(subject, body, headers)

    other = NoDeadLetters(bus._url, "tests", consumers=(QUICK,))
    await other.connect()
    async with consuming(other, Handling(*(NotFound("x") for _ in range(9)))):
        await send(bus, QUICK, "work")
        # More often than may be delivered: only a stored letter ends it.
        await until(lambda: len(log.named("dead letter not stored, to be tried again")) > QUICK.max_failures)
        other.refusing = False
        await until(lambda: dead_letters(bus, 1))
        await until(lambda: settled(bus, QUICK))
    await other.close()


async def test_a_dead_letter_larger_than_nats_takes_does_not_come_again(bus: Bus, log: Logged) -> None:
    headers, empty = envelope("tests", Note(text="")), Note(text="").model_dump_json()
    room = bus.client.max_payload - _wire_size(headers) - len(empty)
    before = counted("dead")
    async with consuming(bus, Handling(NotFound("x" * 100))):
        await bus.publish(QUICK.subject, Note(text="a" * room).model_dump_json().encode(), headers)
        await until(lambda: counted("dead") == before + 1)
        await until(lambda: settled(bus, QUICK))
    (lost,) = log.named("message lost: its dead letter cannot be stored")
    assert lost["reason"].startswith("not_found: xxx")
    assert lost["trouble"].startswith("payload_too_large")
    assert lost["message_id"] == headers["ce-id"]
    assert await dead(bus) == []


async def deliver_unheard(bus: Bus, consumer: Consumer, times: int) -> None:
    """As processes do that are killed over the message: it is delivered, then nothing is heard of it."""
    pull = await bus.jetstream.pull_subscribe_bind(consumer.name, consumer.stream.name)
    for _ in range(times):
        assert len(await pull.fetch(1, timeout=10)) == 1


async def test_a_message_whose_handlers_die_with_their_process_is_a_dead_letter_in_the_end(bus: Bus) -> None:
    await send(bus, SHORT, "deadly")
    await deliver_unheard(bus, SHORT, 4)  # takes more than its patience of 2 s
    handling = Handling()
    async with consuming(bus, handling, SHORT):
        await until(lambda: dead_letters(bus, 1, SHORT))
        await until(lambda: settled(bus, SHORT))
    assert "delivery_exhausted" in (await dead(bus, SHORT))[0]["overskill-reason"]
    assert handling.seen == []


async def test_kills_and_waiting_are_no_failures(bus: Bus, log: Logged) -> None:
    patient = dataclasses.replace(SHORT, patience=3600.0)
    await send(bus, patient, "often interrupted")
    await deliver_unheard(bus, patient, patient.max_failures + 1)
    handling = Handling(*(Unavailable("Away.", retry_after=0.1) for _ in range(patient.max_failures + 1)))
    async with consuming(bus, handling, patient):
        await until(lambda: len(handling.seen) == patient.max_failures + 2)
        await until(lambda: settled(bus, patient))
    assert {entry["failures"] for entry in log.named("message delayed")} == {0}
    assert await dead(bus, patient) == []


async def test_waiting_ends_with_the_patience_of_its_consumer(bus: Bus) -> None:
    handling = Handling(*(Unavailable("Away.", retry_after=0.2) for _ in range(1000)))
    async with consuming(bus, handling, SHORT):
        await send(bus, SHORT, "in vain")
        await until(lambda: dead_letters(bus, 1, SHORT))
    assert len(handling.seen) >= SHORT.max_failures
    assert (await dead(bus, SHORT))[0]["overskill-reason"].startswith("unavailable: Away.")


async def test_a_message_that_waited_long_for_its_first_delivery_may_still_wait_for_others(bus: Bus) -> None:
    old = dataclasses.replace(QUICK, patience=0.0)
    handling = Handling(Unavailable("Away.", retry_after=0.1))
    async with consuming(bus, handling, old):
        await send(bus, old, "old")
        await until(lambda: len(handling.seen) == 2)
        await until(lambda: settled(bus, old))
    assert await dead(bus, old) == []


def test_what_was_tried_is_kept_for_a_bounded_number_of_messages() -> None:
    tries = Tries()
    for number in range(5000):
        tries.failed(str(number))
    assert len(tries._tried) == 1000
    assert tries.failed("4999").failures == 2
    assert tries.of("0").failures == 0
    tries.forget("4999")
    assert tries.of("4999").failures == 0


async def test_as_many_at_once_as_told(bus: Bus) -> None:
    running, most, end = 0, 0, asyncio.Event()
    texts: set[str] = set()

    async def work(delivery: Delivery[Note]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            end.set()
        await end.wait()
        texts.add(delivery.message.text)
        running -= 1

    wanted = {str(number) for number in range(9)}
    async with consuming(bus, work, concurrency=3):
        for text in wanted:
            await send(bus, QUICK, text)
        await until(lambda: texts == wanted)
    assert most == 3


async def test_nothing_bound_for_one_message_is_bound_for_the_next(bus: Bus) -> None:
    bound: list[dict[str, Any]] = []

    async def work(_: Delivery[Note]) -> None:
        bound.append(structlog.contextvars.get_contextvars())
        structlog.contextvars.bind_contextvars(run_step="of the first")

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with consuming(bus, work):
        first = await send(bus, QUICK, "one", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
        second = await send(bus, QUICK, "two")
        await until(lambda: len(bound) == 2)
    assert [entry["message_id"] for entry in bound] == [first, second]
    assert bound[0]["consumer"] == QUICK.name
    assert bound[0]["run_id"].startswith("run_")
    assert bound[0]["trace_id"] == trace
    assert bound[1]["trace_id"] != trace
    assert "run_step" not in bound[1]


async def test_the_trace_goes_on_in_what_a_handler_sends(bus: Bus) -> None:
    sent: list[str] = []

    async def work(_: Delivery[Note]) -> None:
        sent.append(envelope("tests", Note(text="consequence"))["traceparent"])

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with consuming(bus, work):
        await send(bus, QUICK, "cause", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
        await until(lambda: len(sent) == 1)
    assert sent[0].split("-")[1] == trace
    assert sent[0].split("-")[2] != "00f067aa0ba902b7"
