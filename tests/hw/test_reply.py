import pytest
from cobs import cobs
from crccheck.crc import Crc16CcittFalse

from ohmloom_hw.reply import ReplySender


@pytest.mark.parametrize("stalls", [False, True])
def test_reply_is_sent_with_its_checksum_and_again_when_asked(stalls, run_bench):
    dut = ReplySender()
    bodies = [b"\x05\x02\x00", b"\x01\x00\x3c" + bytes(range(240)), b"\x07" * 243]
    sent = bytearray()

    async def line(ctx):
        for number in range(100_000):
            ctx.set(dut.encoded.ready, not (stalls and number % 3))
            if ctx.get(dut.encoded.valid) and ctx.get(dut.encoded.ready):
                sent.append(ctx.get(dut.encoded.payload))
            await ctx.tick()

    async def write(ctx, body):
        ctx.set(dut.begin, 1)
        await ctx.tick()
        ctx.set(dut.begin, 0)
        ctx.set(dut.byte_en, 1)
        for byte in body:
            ctx.set(dut.byte, byte)
            await ctx.tick()
        ctx.set(dut.byte_en, 0)

    async def bench(ctx):
        expected = b""
        for body in bodies:
            await write(ctx, b"\xee\x00\xee")
            await write(ctx, body)
            assert not ctx.get(dut.busy)
            ctx.set(dut.commit, 1)
            await ctx.tick()
            ctx.set(dut.commit, 0)
            assert ctx.get(dut.busy)
            while ctx.get(dut.busy):
                await ctx.tick()
            checksum = Crc16CcittFalse.calc(body).to_bytes(2, "little")
            expected += cobs.encode(body + checksum) + b"\0"
        for _ in range(2):
            ctx.set(dut.again, 1)
            await ctx.tick()
            ctx.set(dut.again, 0)
            assert ctx.get(dut.busy)
            while ctx.get(dut.busy):
                await ctx.tick()
            expected += cobs.encode(body + checksum) + b"\0"
        assert bytes(sent) == expected

    run_bench(dut, bench, line)
