import asyncio

from conversations.core.outbox import LIMIT, Outbox


class Reader:
    """A socket that can be held up."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.dropped = 0

    async def send(self, frame: str) -> None:
        await self.open.wait()
        self.got.append(frame)

    def drop(self) -> None:
        self.dropped += 1


async def test_frames_arrive_in_order():
    reader = Reader()
    outbox = Outbox(reader.send, reader.drop)
    running = asyncio.create_task(outbox.run())
    for n in range(100):
        outbox.put(str(n))
        if n % 7 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    outbox.close()
    await running
    assert reader.got == [str(n) for n in range(100)]


async def test_a_reader_that_stops_reading_is_dropped_once_and_costs_no_more():
    reader = Reader()
    reader.open.clear()
    outbox = Outbox(reader.send, reader.drop)
    running = asyncio.create_task(outbox.run())
    for _ in range(40):
        outbox.put("x" * (LIMIT // 10))
        await asyncio.sleep(0)
    assert reader.dropped == 1
    assert outbox._size <= LIMIT * 1.2
    reader.open.set()
    await running
    assert len(reader.got) <= 1


async def test_what_waits_is_counted_in_bytes_not_in_characters():
    reader = Reader()
    reader.open.clear()
    outbox = Outbox(reader.send, reader.drop)
    running = asyncio.create_task(outbox.run())
    for _ in range(20):
        outbox.put("🌊" * (LIMIT // 40))
        await asyncio.sleep(0)
    assert reader.dropped == 1
    running.cancel()


async def test_one_large_frame_is_free_so_that_a_long_reply_can_be_resumed():
    reader = Reader()
    outbox = Outbox(reader.send, reader.drop)
    running = asyncio.create_task(outbox.run())
    snapshot = "x" * (3 * LIMIT)
    for frame in ("turn", snapshot, "delta", "end"):
        outbox.put(frame)
    await asyncio.sleep(0)
    assert (reader.got, reader.dropped) == (["turn", snapshot, "delta", "end"], 0)
    outbox.put(snapshot)
    outbox.put(snapshot)
    assert reader.dropped == 1
    await running


async def test_closing_ends_a_waiting_outbox():
    reader = Reader()
    outbox = Outbox(reader.send, reader.drop)
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0)
    outbox.close()
    await asyncio.wait_for(running, 1)
    outbox.put("too late")
    assert reader.got == []
