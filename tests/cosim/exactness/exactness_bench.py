"""Two jobs for the same chip, one after the other: the second without hurry on either side."""

import os
from pathlib import Path

import cocotb

from ohmloom_sim.benches.inference import answer_job

FOLDER = Path(os.environ["OHMLOOM_JOBS"])


@cocotb.test()
async def at_full_speed(dut):
    await answer_job(dut, FOLDER / "speed")


@cocotb.test()
async def under_pressure(dut):
    await answer_job(dut, FOLDER / "pressure")
