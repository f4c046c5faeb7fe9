import pytest

from conversations.core.pacing import LONGEST, LoadPacer
from conversations.core.rate_limit import Buckets, TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def paced_at(load: float) -> float:
    wall, cpu = Clock(), Clock()
    pacer = LoadPacer(wall, cpu)
    for _ in range(50):
        wall.now += 0.2
        cpu.now += 0.2 * load
        pause = pacer.pause()
    return pause


@pytest.mark.parametrize("load", [0.0, 0.2, 0.5])
def test_an_idle_process_reads_at_once(load):
    assert paced_at(load) == 0.0


def test_the_busier_the_longer_and_never_beyond_the_limit():
    pauses = [paced_at(load) for load in (0.6, 0.7, 0.8, 0.9, 1.0, 1.8)]
    assert pauses == sorted(pauses)
    assert 0 < pauses[0] < pauses[2] < LONGEST
    assert pauses[-1] == LONGEST


def test_a_bucket_allows_a_burst_then_the_rate():
    clock = Clock()
    bucket = TokenBucket(per_second=2, burst=3, clock=clock)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now = 0.5
    assert bucket.take() == 0
    clock.now = 100
    assert [bool(bucket.take()) for _ in range(4)] == [False, False, False, True]


def test_everybody_has_a_bucket_and_who_asked_last_keeps_it():
    buckets = Buckets(per_second=0.001, burst=1, kept=2)

    assert buckets.take("a") == 0 and buckets.take("a") > 0
    assert buckets.take("b") == 0 and buckets.take("b") > 0
    assert buckets.take("c") == 0  # "a" has made room
    assert buckets.take("b") > 0 and buckets.take("a") == 0
