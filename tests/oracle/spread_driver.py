"""A chip whose columns have a gain and an offset each, behind the calls of a driver."""

import numpy as np

from ohmloom_analog.errors import HardwareError
from ohmloom_hw.driver import Counters
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_hw.step_words import pack_step

UNIT = 1 << 14


class SpreadDriver:
    """Words by address, and sums by a formula: round((W x gain + offset + noise - o) g drift).

    `weights` is tiles x rows x columns; `gain` and `offset` are tiles x columns.
    """

    def __init__(self, spec, weights, gain, offset, *, noise=0.0, seed=0):
        self.spec, self.weights = spec, np.asarray(weights)
        self.gain, self.offset = np.asarray(gain, float), np.asarray(offset, float)
        self.noise, self.rng = noise, np.random.default_rng(seed)
        self.table = register_table(spec, Features())
        self.words = {}
        for window in self.table.windows:
            self.words |= {window.base + 4 * n: 0 for n in range(window.words)}
        self.words |= {register.offset: register.reset for register in self.table.registers}
        shape = (spec.tiles, spec.columns)
        self.corrections = (np.zeros(shape, int), np.ones(shape))
        self.steps, self.inputs, self.given, self.runs = (), [], [], 0
        self.fail_after = None
        self.limits_of_runs = []

    async def read(self, address, count):
        return [self.words[address + 4 * n] for n in range(count)]

    async def write(self, address, words):
        for n, word in enumerate(words):
            assert address + 4 * n in self.words
            self.words[address + 4 * n] = word

    async def read_register(self, name):
        return self.words[self.table.register(name).offset]

    async def write_register(self, name, word):
        self.words[self.table.register(name).offset] = word

    async def load(self, table):
        self.steps = table.steps
        words = [word for step in table.steps for word in pack_step(step)]
        await self.write(self.table.window("STEP").base, words)
        await self.write(self.table.window("BIAS").base, list(table.biases))
        await self.write_register("STEPS", len(table.steps))

    async def load_calibration(self, offsets, gains):
        self.corrections = (np.array(offsets), np.array(gains))
        assert self.corrections[0].shape == (self.spec.tiles, self.spec.columns)
        words = [w & 0xFFFFFFFF for row in offsets for w in row]
        await self.write(self.table.window("CALIBRATION").base, words)

    async def write_inputs(self, base, values):
        assert base == 0
        self.inputs = np.array(values)

    async def run(self):
        self.runs += 1
        if self.fail_after is not None and self.runs > self.fail_after:
            message = "run must end without error, not with TIMEOUT in step 0"
            raise HardwareError(message)
        if self.spec.ecc is not None and self.spec.ecc.checksums:
            self.limits_of_runs.append(self.words[self.table.window("CHECK_LIMIT").base])
        factor = 1.0
        if self.spec.ecc is not None and self.spec.ecc.drift_factor:
            factor = self.words[self.table.register("DRIFT").offset] / UNIT
        self.given = []
        for step in self.steps:
            x = self.inputs[step.input_base : step.input_base + step.rows]
            columns = slice(0, step.columns)
            held = self.weights[step.tile][: step.rows, columns]
            raw = x @ held * self.gain[step.tile][columns] + self.offset[step.tile][columns]
            raw = np.rint(raw + self.noise * self.rng.standard_normal(raw.shape))
            offsets, gains = (part[step.tile][columns] for part in self.corrections)
            assert step.output_base == len(self.given)
            self.given += np.floor((raw - offsets) * gains * factor + 0.5).astype(int).tolist()

    async def results(self, base, count):
        return self.given[base : base + count]

    async def clear_counters(self):
        pass

    async def counters(self):
        return Counters(clipped=3, conversions=1000, cycles=1, adc_busy=1)
