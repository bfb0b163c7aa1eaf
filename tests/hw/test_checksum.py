from ohmloom_hw.checksum import checksum_processor


def test_checksum_has_the_published_check_value(run_bench):
    dut = checksum_processor()

    async def bench(ctx):
        for byte in b"123456789":
            ctx.set(dut.data, byte)
            ctx.set(dut.valid, 1)
            await ctx.tick()
        assert ctx.get(dut.crc) == 0x29B1

    run_bench(dut, bench)
