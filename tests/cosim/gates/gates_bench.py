"""A board with its twin, as RTL or as gates: golden products over the serial pins alone."""

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import Timer
from gates_chip import BOARD, SPEC
from random_networks import random_inputs, random_network, reference

from ohmloom_hw.driver import Driver
from ohmloom_sim.uart_transport import UartTransport


@cocotb.test()
async def board_multiplies_as_the_reference_does(dut):
    rng = np.random.default_rng(11)
    mapping = random_network(SPEC, [6, 3, 2], rng)
    transport = UartTransport(dut.rx, dut.tx, SPEC.baud)
    Clock(dut.clk, 2 * round(0.5e12 / BOARD.clock), "ps", impl="gpi").start()
    await Timer(30, "us")
    driver = Driver(transport, SPEC, reply_timeout=2e-3)
    await driver.connect()
    assert driver.features.behind == "twin"
    await driver.load(mapping.table, [tile.tolist() for tile in mapping.levels])
    for sample in random_inputs(SPEC, 3, 6, rng):
        await driver.write_inputs(0, sample.tolist())
        await driver.run()
        assert await driver.results(0, 2) == reference(SPEC, mapping, sample).layers[-1]
