"""What a learning engine does, in integers: the pulse list of each sample, bit for bit."""

from collections.abc import Iterator, Sequence

from ohmloom_hw.learning.rules import (
    COUNTER_BITS,
    TRACE_TOP,
    LearningRule,
    LearningSettings,
    LearningShape,
    Pulse,
)
from ohmloom_hw.learning.streams import COLUMN_DRAWS, ROW_DRAWS, Draws

__all__ = ["LearningReference"]

_ALWAYS = 256
_MOST_COUNT = (1 << COUNTER_BITS) - 1


class LearningReference:
    """A learning engine as a model: call `learn` with sample after sample.

    Parameters
    ----------
    shape
        What the engine is built for.
    settings
        How it learns.

    Raises
    ------
    ValueError
        Where there are more slots than the engine has.
    """

    def __init__(self, shape: LearningShape, settings: LearningSettings) -> None:
        if settings.slots > shape.slots:
            msg = f"slots must be at most the engine's {shape.slots}, not {settings.slots}"
            raise ValueError(msg)
        self.shape, self.settings = shape, settings
        self.remaining = settings.budget
        """Pulses left of the budget."""
        self.refused = 0
        """Pulses that weren't given for lack of budget."""
        self.mistakes = 0
        """Samples whose label's sum wasn't the largest by more than the margin."""
        self._rows = _Drawer(ROW_DRAWS, settings.row_seed)
        self._columns = _Drawer(COLUMN_DRAWS, settings.column_seed)
        self._sums: dict[tuple[int, int], int] = {}
        self._in_batch = 0
        self._row_traces = [0] * shape.inputs
        self._column_traces = [0] * shape.outputs

    def learn(self, inputs: Sequence[int], sums: Sequence[int], label: int = 0) -> list[Pulse]:
        """Return the pulses of a sample, column after column, in each row after row.

        Parameters
        ----------
        inputs
            One a row; of STDP, anything but 0 is a spike.
        sums
            One a column; where errors are given, those, and of STDP the columns' spikes.
        label
            Column that should have the largest sum.

        Raises
        ------
        ValueError
            Where the lengths aren't the engine's, or the label is none of its columns.
        """
        self._check(inputs, sums, label)
        settings = self.settings
        errors = self._errors(sums, label)
        words = self._row_words(inputs)
        last = self._in_batch + 1 >= settings.batch
        found: list[Pulse] = []
        for column, error in enumerate(errors):
            if error == 0 and settings.rule not in {LearningRule.MANHATTAN, LearningRule.STDP}:
                continue
            word = self._column_word(column, error)
            for row, entry in enumerate(inputs):
                both = words[row], word
                wanted = self._wanted((row, column), entry, error, words=both, last=last)
                found += self._granted(row, column, wanted)
        self._in_batch = 0 if last else self._in_batch + 1
        return found

    def _check(self, inputs: Sequence[int], sums: Sequence[int], label: int) -> None:
        shape = self.shape
        if (len(inputs), len(sums)) != (shape.inputs, shape.outputs):
            msg = (
                f"inputs and sums must be {shape.inputs} and {shape.outputs}, "
                f"not {len(inputs)} and {len(sums)}"
            )
            raise ValueError(msg)
        if not 0 <= label < shape.outputs:
            msg = f"label must be in [0, {shape.outputs - 1}], not {label}"
            raise ValueError(msg)

    def _errors(self, sums: Sequence[int], label: int) -> list[int]:
        settings, top = self.settings, (1 << self.shape.error_bits) - 1
        if settings.given:
            return [max(-top, min(top, value)) for value in sums]
        others = [column for column in range(len(sums)) if column != label]
        winner = max(others, key=lambda column: sums[column])
        wrong = sums[label] - sums[winner] <= settings.margin
        self.mistakes = min(self.mistakes + wrong, _MOST_COUNT)
        if settings.rule is LearningRule.PERCEPTRON:
            signs = {label: 1, winner: -1} if wrong else {}
            return [signs.get(column, 0) for column in range(len(sums))]
        errors = []
        for column, value in enumerate(sums):
            target = settings.target_high if column == label else settings.target_low
            error = target - max(-128, min(127, value >> settings.sum_shift))
            errors.append(max(-top, min(top, error)))
        return errors

    def _row_words(self, inputs: Sequence[int]) -> list[int]:
        settings = self.settings
        if settings.rule is LearningRule.STOCHASTIC:
            chances = [min(_ALWAYS, abs(entry) << settings.input_gain) for entry in inputs]
            return [self._rows.word(chance, settings.slots) for chance in chances]
        if settings.rule is LearningRule.STDP:
            return [self._fallen(self._row_traces, row, entry) for row, entry in enumerate(inputs)]
        return [0] * len(inputs)

    def _column_word(self, column: int, error: int) -> int:
        settings = self.settings
        if settings.rule is LearningRule.STOCHASTIC:
            chance = min(_ALWAYS, abs(error) << settings.error_gain)
            return self._columns.word(chance, settings.slots)
        if settings.rule is LearningRule.STDP:
            return self._fallen(self._column_traces, column, error)
        return 0

    def _fallen(self, traces: list[int], line: int, spike: int) -> int:
        """Let a trace fall, then grow where there is a spike; return what it fell to."""
        trace = traces[line]
        trace -= max(trace >> self.settings.trace_shift, min(trace, 1))
        traces[line] = min(TRACE_TOP, trace + self.settings.trace_step * (spike != 0))
        return trace

    def _wanted(
        self, place: tuple[int, int], entry: int, error: int, *, words: tuple[int, int], last: bool
    ) -> int:
        """Return the pulses of a weight, less than 0 where they go down."""
        settings, product = self.settings, entry * error
        sign = (product > 0) - (product < 0)
        if settings.rule is LearningRule.PERCEPTRON:
            return sign * (abs(entry) > settings.theta)
        if settings.rule is LearningRule.THRESHOLD:
            return sign * (abs(product) > settings.threshold)
        if settings.rule is LearningRule.STOCHASTIC:
            return sign * (words[0] & words[1]).bit_count()
        if settings.rule is LearningRule.MANHATTAN:
            return self._accumulated(place, product, last)
        up = next(self._rows) < words[0] >> settings.eta_shift and error != 0
        down = next(self._columns) < words[1] >> settings.eta_shift and entry != 0
        return up - down

    def _accumulated(self, place: tuple[int, int], product: int, last: bool) -> int:
        top = 1 << (self.shape.accumulator_bits - 1)
        total = max(-top, min(top - 1, self._sums.pop(place, 0) + product))
        if not last:
            self._sums[place] = total
            return 0
        threshold = self.settings.threshold
        return (total > threshold) - (total < -threshold)

    def _granted(self, row: int, column: int, wanted: int) -> list[Pulse]:
        count = min(abs(wanted), self.remaining)
        self.remaining -= count
        self.refused = min(self.refused + abs(wanted) - count, _MOST_COUNT)
        return [Pulse(row, column, wanted > 0, count)] if count else []


class _Drawer(Iterator[int]):
    """Draws from a seed on."""

    def __init__(self, draws: Draws, seed: int) -> None:
        self._draws, self._state = draws, seed

    def __next__(self) -> int:
        byte = self._draws.draw(self._state)
        self._state = self._draws.after(self._state)
        return byte

    def word(self, chance: int, slots: int) -> int:
        """Return a bit a slot, the first in bit 0: whether it fires."""
        return sum((next(self) < chance) << slot for slot in range(slots))
