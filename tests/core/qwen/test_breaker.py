from __future__ import annotations

from core.qwen.breaker import FAILURES, PROBE_EVERY, WINDOW, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.admit()
        breaker.fail()
    return breaker


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = broken(Clock())
    assert breaker.is_open
    assert not breaker.admit()


def test_it_stays_closed_when_failures_are_far_apart() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(4 * FAILURES):
        breaker.fail()
        clock.now += WINDOW / (FAILURES - 1) + 0.1
    assert breaker.admit()


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAILURES - 1):
        breaker.fail()
    breaker.succeed()
    breaker.fail()
    assert breaker.admit()


def test_an_open_one_lets_one_request_a_second_through() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += PROBE_EVERY
    assert not breaker.is_open
    assert breaker.admit()
    assert not breaker.admit()
    breaker.fail()
    clock.now += PROBE_EVERY
    assert breaker.admit()


def test_it_closes_with_the_first_success() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += PROBE_EVERY
    assert breaker.admit()
    breaker.succeed()
    assert breaker.admit()
    assert breaker.admit()


def test_a_request_whose_end_is_never_told_blocks_nobody() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += PROBE_EVERY
    assert breaker.admit()
    clock.now += PROBE_EVERY
    assert breaker.admit()
