"""Pulse lists of the learning rules, a whole sample at once, from the rules as they are published.

Draws are powers of x modulo a polynomial over GF(2), found by squaring; weights are matrices.
"""

import numpy as np

ROW_POLYNOMIAL = (1 << 32) | 0x04C11DB7
COLUMN_POLYNOMIAL = (1 << 31) | 0x1A3B1CF1


def product(a, b, modulus):
    """Multiply two polynomials modulo a third."""
    degree, total = modulus.bit_length() - 1, 0
    for bit in range(b.bit_length() - 1, -1, -1):
        total <<= 1
        if total >> degree:
            total ^= modulus
        if b >> bit & 1:
            total ^= a
    return total


def power(exponent, modulus):
    """Return x to an exponent, modulo a polynomial."""
    total, square = 1, 2
    while exponent:
        if exponent & 1:
            total = product(total, square, modulus)
        square = product(square, square, modulus)
        exponent >>= 1
    return total


class Stream:
    """The bytes of a register from a seed on."""

    def __init__(self, seed, modulus):
        self.seed, self.modulus, self.number = seed, modulus, 0

    def take(self, count):
        width = self.modulus.bit_length() - 1
        found = [
            product(self.seed, power(8 * (self.number + k), self.modulus), self.modulus)
            >> (width - 8)
            for k in range(count)
        ]
        self.number += count
        return np.array(found, dtype=np.int64)


class LearningOracle:
    """Sample after sample; `settings` and `shape` are those of the engine."""

    def __init__(self, shape, settings):
        self.shape, self.s = shape, settings
        self.rows = Stream(settings.row_seed, ROW_POLYNOMIAL)
        self.columns = Stream(settings.column_seed, COLUMN_POLYNOMIAL)
        self.left, self.refused, self.mistakes, self.samples = settings.budget, 0, 0, 0
        self.sums = np.zeros((shape.inputs, shape.outputs), dtype=np.int64)
        self.row_traces = np.zeros(shape.inputs, dtype=np.int64)
        self.column_traces = np.zeros(shape.outputs, dtype=np.int64)

    def learn(self, inputs, sums, label):
        """Return (row, column, up, count) of each entry of the list."""
        x = np.array(inputs, dtype=np.int64)
        e = self._errors(np.array(sums, dtype=np.int64), label)
        self.samples += 1
        wanted = getattr(self, "_" + self.s.rule.name.lower())(x, e)
        listed = wanted.T.ravel()
        before = np.cumsum(np.abs(listed)) - np.abs(listed)
        granted = np.clip(self.left - before, 0, np.abs(listed))
        self.left -= int(granted.sum())
        self.refused += int((np.abs(listed) - granted).sum())
        return [
            (int(k % len(x)), int(k // len(x)), bool(listed[k] > 0), int(granted[k]))
            for k in np.flatnonzero(granted)
        ]

    def _errors(self, y, label):
        s, top = self.s, 2**self.shape.error_bits - 1
        if s.given:
            return np.clip(y, -top, top)
        one_hot = np.arange(len(y)) == label
        rivals = np.where(one_hot, np.iinfo(np.int64).min, y)
        wrong = not (y[label] - rivals.max() > s.margin)
        self.mistakes += wrong
        if s.rule.name == "PERCEPTRON":
            loser = np.arange(len(y)) == int(np.argmax(rivals))
            return wrong * (one_hot.astype(np.int64) - loser)
        targets = np.where(one_hot, s.target_high, s.target_low)
        scaled = np.clip(np.floor_divide(y, 2**s.sum_shift), -128, 127)
        return np.clip(targets - scaled, -top, top)

    def _perceptron(self, x, e):
        return np.outer(np.sign(x) * (np.abs(x) > self.s.theta), np.sign(e))

    def _threshold(self, x, e):
        gradient = np.outer(x, e)
        return np.sign(gradient) * (np.abs(gradient) > self.s.threshold)

    def _manhattan(self, x, e):
        top = 2 ** (self.shape.accumulator_bits - 1)
        self.sums = np.clip(self.sums + np.outer(x, e), -top, top - 1)
        if self.samples % self.s.batch:
            return np.zeros_like(self.sums)
        total, self.sums = self.sums, np.zeros_like(self.sums)
        return np.sign(total) * (np.abs(total) > self.s.threshold)

    def _stochastic(self, x, e):
        slots = self.s.slots
        p = np.abs(x)[:, None] * 2**self.s.input_gain
        row_fires = self.rows.take(len(x) * slots).reshape(len(x), slots) < p
        column_fires = np.zeros((len(e), slots), dtype=bool)
        for column in np.flatnonzero(e):
            q = abs(e[column]) * 2**self.s.error_gain
            column_fires[column] = self.columns.take(slots) < q
        counts = row_fires.astype(np.int64) @ column_fires.T.astype(np.int64)
        return counts * np.sign(np.outer(x, e))

    def _stdp(self, x, e):
        before, after = (self._fall(t) for t in (self.row_traces, self.column_traces))
        self.row_traces = np.minimum(255, before + self.s.trace_step * (x != 0))
        self.column_traces = np.minimum(255, after + self.s.trace_step * (e != 0))
        shape = len(e), len(x)
        count, eta = shape[0] * shape[1], 2**self.s.eta_shift
        up = (self.rows.take(count).reshape(shape) < before // eta).T & (e != 0)
        down = (after // eta > self.columns.take(count).reshape(shape).T) & (x != 0)[:, None]
        return up.astype(np.int64) - down

    def _fall(self, traces):
        lost = np.maximum(traces // 2**self.s.trace_shift, 1)
        return np.maximum(traces - lost, 0)
