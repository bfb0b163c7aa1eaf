import pytest
from cobs import cobs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_hw.cobs import LONGEST_ENCODED, CobsDecoder, CobsEncoder

FRAMES = st.one_of(
    st.binary(max_size=LONGEST_ENCODED),
    st.lists(st.sampled_from([0, 0, 1, 255]), max_size=LONGEST_ENCODED).map(bytes),
    st.integers(240, LONGEST_ENCODED).map(lambda size: b"\x07" * size),
)
QUICK = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def decode(ctx, dut, encoded):
    """Return frames, each with whether it is malformed."""
    frames, frame = [], bytearray()
    ctx.set(dut.encoded.valid, 1)
    for byte in encoded:
        ctx.set(dut.encoded.payload, byte)
        assert ctx.get(dut.encoded.ready)
        if ctx.get(dut.byte_en):
            frame.append(ctx.get(dut.byte))
        if ctx.get(dut.end):
            frames.append((bytes(frame), bool(ctx.get(dut.malformed))))
            frame.clear()
        await ctx.tick()
    ctx.set(dut.encoded.valid, 0)
    return frames


async def encode(ctx, dut, frame, stalls):
    """Serve the encoder from a memory that answers a cycle later."""
    sent, asked, number = bytearray(), 0, 0
    ctx.set(dut.length, len(frame))
    ctx.set(dut.start, 1)
    await ctx.tick()
    ctx.set(dut.start, 0)
    while ctx.get(dut.busy):
        ctx.set(dut.byte, frame[asked] if asked < len(frame) else 0xEE)
        ctx.set(dut.encoded.ready, not (stalls and (number * 7) % 3))
        if ctx.get(dut.encoded.valid) and ctx.get(dut.encoded.ready):
            sent.append(ctx.get(dut.encoded.payload))
        asked, number = ctx.get(dut.address), number + 1
        await ctx.tick()
    return bytes(sent)


@QUICK
@given(frames=st.lists(st.binary(max_size=300), max_size=4), gap=st.integers(1, 3))
def test_decoder_gives_what_the_library_encoded(frames, gap, run_bench):
    dut = CobsDecoder()

    async def bench(ctx):
        line = b"".join(cobs.encode(frame) + bytes(gap) for frame in frames)
        assert await decode(ctx, dut, line) == [(frame, False) for frame in frames]

    run_bench(dut, bench)


@pytest.mark.parametrize("size", [253, 254, 255, 508, 509])
def test_decoder_takes_runs_without_zero_longer_than_a_block(size, run_bench):
    dut, frame = CobsDecoder(), b"\x11" * size + b"\0" + b"\x22" * size

    async def bench(ctx):
        assert await decode(ctx, dut, cobs.encode(frame) + b"\0") == [(frame, False)]

    run_bench(dut, bench)


@QUICK
@given(line=st.lists(st.integers(0, 12), max_size=60).map(bytes))
def test_decoder_agrees_with_the_library_on_any_bytes(line, run_bench):
    dut = CobsDecoder()

    def expected(block):
        try:
            return cobs.decode(block), False
        except cobs.DecodeError:
            return None, True

    async def bench(ctx):
        line_frames = [block for block in (line + b"\0").split(b"\0") if block]
        found = await decode(ctx, dut, line + b"\0")
        assert [(None if bad else frame, bad) for frame, bad in found] == [
            expected(block) for block in line_frames
        ]

    run_bench(dut, bench)


@QUICK
@given(frame=FRAMES, stalls=st.booleans())
def test_encoder_sends_what_the_library_encodes(frame, stalls, run_bench):
    dut = CobsEncoder()

    async def bench(ctx):
        for _ in range(2):
            assert await encode(ctx, dut, frame, stalls) == cobs.encode(frame) + b"\0"

    run_bench(dut, bench)


@pytest.mark.parametrize("size", [0, 1, 253, 254])
def test_encoder_sends_a_run_without_zero_as_one_block(size, run_bench):
    dut, frame = CobsEncoder(), b"\x33" * size

    async def bench(ctx):
        sent = await encode(ctx, dut, frame, stalls=False)
        assert sent == bytes([size + 1]) + frame + b"\0"

    run_bench(dut, bench)
