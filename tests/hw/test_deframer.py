import pytest
from cobs import cobs
from crccheck.crc import Crc16CcittFalse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_hw.deframer import Deframer

QUICK = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BODIES = st.binary(min_size=6, max_size=246)


def sealed(body):
    return cobs.encode(body + Crc16CcittFalse.calc(body).to_bytes(2, "little")) + b"\0"


class Host:
    def __init__(self, dut):
        self.dut, self.crc_errors, self.frame_errors = dut, 0, 0

    async def tick(self, ctx):
        self.crc_errors += ctx.get(self.dut.crc_error)
        self.frame_errors += ctx.get(self.dut.frame_error)
        await ctx.tick()

    async def send(self, ctx, line, broken_at=None):
        for number, byte in enumerate(line):
            ctx.set(self.dut.encoded.valid, 1)
            ctx.set(self.dut.encoded.payload, byte)
            assert ctx.get(self.dut.encoded.ready)
            await self.tick(ctx)
            ctx.set(self.dut.encoded.valid, 0)
            ctx.set(self.dut.broken, number == broken_at)
            await self.tick(ctx)
            ctx.set(self.dut.broken, 0)

    async def take(self, ctx):
        """Return the body that is shown, or None."""
        if not ctx.get(self.dut.pending):
            return None
        body = bytearray()
        for place in range(ctx.get(self.dut.length)):
            ctx.set(self.dut.address, place)
            await self.tick(ctx)
            body.append(ctx.get(self.dut.byte))
        ctx.set(self.dut.release, 1)
        await self.tick(ctx)
        ctx.set(self.dut.release, 0)
        return bytes(body)

    @property
    def errors(self):
        return self.crc_errors, self.frame_errors


@pytest.mark.guarantee("G10", "bad-frames")
@QUICK
@given(bodies=st.lists(BODIES, min_size=1, max_size=3))
def test_good_frames_are_shown_without_their_checksum(bodies, run_bench):
    dut = Deframer()

    async def bench(ctx):
        host = Host(dut)
        for body in bodies:
            await host.send(ctx, sealed(body))
            assert await host.take(ctx) == body
        assert await host.take(ctx) is None
        assert host.errors == (0, 0)

    run_bench(dut, bench)


@pytest.mark.guarantee("G10", "bad-frames")
@pytest.mark.guarantee("G10", "resync")
@QUICK
@given(body=BODIES, place=st.integers(0, 247), flip=st.integers(1, 255))
def test_changed_byte_is_a_checksum_error_and_the_next_frame_is_taken(body, place, flip, run_bench):
    dut = Deframer()
    frame = bytearray(body + Crc16CcittFalse.calc(body).to_bytes(2, "little"))
    frame[place % len(frame)] ^= flip

    async def bench(ctx):
        host = Host(dut)
        await host.send(ctx, cobs.encode(bytes(frame)) + b"\0")
        assert await host.take(ctx) is None
        assert host.errors == (1, 0)
        await host.send(ctx, sealed(body))
        assert await host.take(ctx) == body

    run_bench(dut, bench)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(sealed(b"abcdef")[:-4] + b"\0", id="cut short"),
        pytest.param(sealed(b"abcde"), id="below a header"),
        pytest.param(b"\x01\0", id="nothing in it"),
        pytest.param(sealed(bytes(247)), id="one byte too long"),
        pytest.param(sealed(bytes(range(250)) * 4), id="much too long"),
        pytest.param(sealed(b"abcdef" + bytes(1024)), id="around the memory"),
    ],
)
def test_frame_of_a_wrong_form_is_a_frame_error_and_the_next_is_taken(line, run_bench):
    dut = Deframer()

    async def bench(ctx):
        host = Host(dut)
        await host.send(ctx, line)
        assert await host.take(ctx) is None
        assert host.errors == (0, 1)
        await host.send(ctx, sealed(b"123456"))
        assert await host.take(ctx) == b"123456"
        assert host.errors == (0, 1)

    run_bench(dut, bench)


@pytest.mark.parametrize("broken_at", [0, 4, 8])
def test_frame_around_a_lost_byte_is_a_frame_error(broken_at, run_bench):
    dut = Deframer()

    async def bench(ctx):
        host = Host(dut)
        await host.send(ctx, sealed(b"abcdef"), broken_at)
        assert await host.take(ctx) is None
        assert host.errors == (0, 1)
        await host.send(ctx, sealed(b"abcdef"))
        assert await host.take(ctx) == b"abcdef"

    run_bench(dut, bench)


def test_zero_bytes_between_frames_do_nothing(run_bench):
    dut = Deframer()

    async def bench(ctx):
        host = Host(dut)
        await host.send(ctx, bytes(5) + sealed(b"abcdef") + bytes(5))
        assert await host.take(ctx) == b"abcdef"
        assert host.errors == (0, 0)

    run_bench(dut, bench)


def test_two_frames_are_held_in_order_and_a_third_is_counted_as_lost(run_bench):
    dut = Deframer()

    async def bench(ctx):
        host = Host(dut)
        for body in (b"first.", b"second.", b"third.."):
            await host.send(ctx, sealed(body))
        assert host.errors == (0, 1)
        assert await host.take(ctx) == b"first."
        await host.send(ctx, sealed(b"fourth"))
        assert [await host.take(ctx) for _ in range(3)] == [b"second.", b"fourth", None]
        assert host.errors == (0, 1)

    run_bench(dut, bench)


@QUICK
@given(gap=st.integers(0, 40))
def test_frame_that_ends_while_another_is_released_is_kept(gap, run_bench):
    dut = Deframer()
    taken = []

    async def take(ctx):
        host = Host(dut)
        await ctx.tick().until(dut.pending)
        await ctx.tick().repeat(gap + 1)
        while len(taken) < 2:
            body = await host.take(ctx)
            if body is None:
                await ctx.tick()
            else:
                taken.append(body)
        await ctx.delay(1)

    async def bench(ctx):
        host = Host(dut)
        await host.send(ctx, sealed(b"abcdef") + sealed(b"ghijkl"))
        await ctx.tick().repeat(100)
        assert taken == [b"abcdef", b"ghijkl"]
        assert host.errors == (0, 0)

    run_bench(dut, bench, take)
