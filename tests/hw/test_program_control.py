from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.program_control import Job, ProgramControl
from ohmloom_hw.program_registers import WriteError

SHAPE = WriteShape(tiles=1, rows=1, lines=2)


def test_job_that_the_chip_is_not_built_for_is_refused(run_bench):
    dut = ProgramControl(SHAPE, jobs=(Job.WRITE,))

    async def bench(ctx):
        ctx.set(dut.enabled, 1)
        ctx.set(dut.armed, 1)
        ctx.set(dut.forming, 1)
        for job in (Job.FORM, Job.MARCH, Job.SCREEN):
            ctx.set(dut.start, 1 << job)
            await ctx.tick()
            ctx.set(dut.start, 0)
            assert not ctx.get(dut.begin)
            await ctx.tick()
            assert ctx.get(dut.ended)
            assert ctx.get(dut.error) == WriteError.NOT_BUILT
            assert not ctx.get(dut.busy)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        assert ctx.get(dut.begin)
        assert ctx.get(dut.error) == 0

    run_bench(dut, bench)
