"""A run of a chip with faults and with what it does against them, as integers, fast.

It goes the way of the hardware: slices, codes of every line, averages and votes, sums, checks of
the sums, calibration, totals, scale. What the array gives comes from elsewhere, a model with
faults or the recording of a co-simulation; so the same faults meet any set of defences.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.correction import SCALE_FRACTION_BITS, UNIT_SCALE
from ohmloom_analog.mapping import Mapping, Placement
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.an_sums import decoded_sums
from ohmloom_sim.checked_sums import CheckedSums
from ohmloom_sim.column_checks import CheckTables
from ohmloom_sim.input_passes import input_passes

__all__ = ["CheckCounts", "DefendedRun", "Layers", "Reads", "Upsets", "run_defended"]

IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """The layers of defence that a run has."""

    average: int = 1
    """Reads of each conversion that are averaged."""
    vote: int = 1
    """Such averages of which the median is taken."""
    residue: int = 0
    """Modulus by which sums are checked, 0 for none."""
    checksums: bool = False
    """Whether one wrong column a block is corrected."""
    rereads: int = 0
    """How often a step is read again at most."""
    secded: bool = False
    """Whether memories correct one wrong bit a word."""
    an: bool = False
    """Whether sums are decoded, and corrected, by their arithmetic code."""
    reissue: bool = False
    """Whether a step with a conversion out of range is read again in half slices."""

    @classmethod
    def of(cls, spec: ChipSpec) -> Self:
        """Return those that a chip is built with."""
        ecc = spec.defence
        return cls(
            average=ecc.average,
            vote=ecc.vote,
            residue=ecc.residue,
            checksums=ecc.checksums,
            rereads=ecc.rereads if ecc.checksums or ecc.residue else 0,
            secded=ecc.secded,
            an=ecc.an != "none",
            reissue=ecc.reissue,
        )


class Reads(Protocol):
    """What the array gives."""

    def read(
        self, step: int, driven: IntArray, samples: IntArray, *, average: int, vote: int
    ) -> tuple[IntArray, Mask]:
        """Return codes of all lines and which are clipped, samples x passes x lines.

        Parameters
        ----------
        step
            Number of the step.
        driven
            DAC codes, samples x passes x rows in use: slices of the positive, then of the negative
            inputs; with half slices twice as many passes, the lower half first.
        samples
            Numbers of the samples.
        average, vote
            Reads of each conversion that are averaged, and such averages of which the median is
            taken.
        """
        ...


class Upsets(Protocol):
    """What happens to words of digital memories."""

    def disturb(self, values: IntArray, bits: int, *, signed: bool) -> tuple[IntArray, Mask]:
        """Return values, samples x words, as they are read, and in which samples a read failed."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckCounts:
    """What the checks found, in blocks of steps of samples."""

    judged: int = 0
    """Blocks that were judged, each time that they were."""
    faulty: int = 0
    """Those with a column further off than its bound."""
    flagged: int = 0
    """Those that were flagged."""
    corrected: int = 0
    """Those in which a column was located and corrected."""
    wrongly_corrected: int = 0
    """Those in which the column was further off afterwards."""
    false_alarms: int = 0
    """Flagged with every column within its bound."""
    rereads: int = 0
    """Steps of samples that were read again."""
    doubtful: int = 0
    """Steps of samples that were still in doubt after that."""

    def __add__(self, other: "CheckCounts") -> "CheckCounts":
        """Add up counts."""
        names = [part.name for part in fields(self)]
        return CheckCounts(**{n: getattr(self, n) + getattr(other, n) for n in names})

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DefendedRun:
    """What came of a run."""

    results: IntArray
    """Of the last layer, samples x outputs."""
    failed: Mask
    """Samples whose run ended with an error of a memory, so that there is no result."""
    counts: CheckCounts
    """What the checks found."""

    def accuracy(self, labels: IntArray) -> float:
        """Return the share of samples that are right; none of those whose run ended is."""
        right = (self.results.argmax(axis=1) == labels) & ~self.failed
        return float(right.mean())


def run_defended(
    spec: ChipSpec,
    mapping: Mapping,
    inputs: IntArray,
    *,
    reads: Reads,
    layers: Layers,
    tables: CheckTables | None = None,
    upsets: Upsets | None = None,
    row_scale: IntArray | None = None,
    first: int = 0,
) -> DefendedRun:
    """Run a mapped network on samples x inputs.

    Parameters
    ----------
    tables
        Of the checksums, if they are among the layers.
    row_scale
        What each row's input is multiplied by, tiles x rows, in units of 1 / `UNIT_SCALE`; None
        for one. The checks then meet the scaled inputs.
    first
        Number of the first sample, for the reads.

    Raises
    ------
    ValueError
        Where checksums lack their tables.
    """
    if layers.checksums and tables is None:
        msg = "tables must be given for checksums, not None"
        raise ValueError(msg)
    x = np.asarray(inputs, dtype=np.int64)
    failed, counts = np.zeros(len(x), dtype=np.bool_), CheckCounts()
    for index, layer in enumerate(mapping.network.layers):
        x, lost = _stored(upsets, x, spec.entry_bits, signed=spec.input.signed)
        failed |= lost
        bias, lost = _stored(upsets, np.tile(layer.bias, (len(x), 1)), spec.total_bits)
        failed |= lost
        totals = np.zeros((len(x), len(layer.bias)), dtype=np.int64)
        for number, place in enumerate(mapping.placements):
            if place.layer != index:
                continue
            step = _Step(
                spec=spec, mapping=mapping, place=place, number=number, layers=layers, first=first
            )
            part = x[:, place.inputs.start : place.inputs.stop]
            if row_scale is not None:
                scale = row_scale[place.tile, : len(place.inputs)]
                part = (part * scale + UNIT_SCALE // 2) >> SCALE_FRACTION_BITS
            sums, found = step.sums(part, reads, tables if layers.checksums else None)
            counts += found
            there = slice(place.outputs.start, place.outputs.stop)
            totals[:, there] = _saturated(totals[:, there] + sums, spec.total_bits)
        x = _saturated(totals + bias, spec.total_bits)
        if layer.scale is not None:
            half = (1 << layer.scale.shift) >> 1
            x = (x * layer.scale.multiplier + half) >> layer.scale.shift
            low = 0 if layer.relu else -spec.input.maximum
            x = np.clip(x, low, spec.input.maximum)
    return DefendedRun(results=x, failed=failed, counts=counts)


# From sums and inputs to sums as they are corrected, which samples are in doubt, and counts.
_Judge: TypeAlias = Callable[[IntArray, IntArray], tuple[IntArray, Mask, CheckCounts]]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class _Step:
    """One step of the table."""

    spec: ChipSpec
    mapping: Mapping
    place: Placement
    number: int
    layers: Layers
    first: int

    def sums(
        self, x: IntArray, reads: Reads, tables: CheckTables | None
    ) -> tuple[IntArray, CheckCounts]:
        """Return the sums of columns in use, checked if they are to be."""
        todo = np.arange(len(x))
        sums = self._read(x, reads, todo)
        judge = self._judge(tables)
        if judge is None:
            return sums, CheckCounts()
        counts = CheckCounts()
        for turn in range(self.layers.rereads + 1):
            sums[todo], doubtful, found = judge(sums[todo], x[todo])
            counts += found
            todo = todo[doubtful]
            if turn == self.layers.rereads or not len(todo):
                return sums, counts + CheckCounts(doubtful=len(todo))
            counts += CheckCounts(rereads=len(todo))
            sums[todo] = self._read(x[todo], reads, todo)
        raise AssertionError

    def _judge(self, tables: CheckTables | None) -> _Judge | None:
        if self.layers.residue:
            return self._by_residue
        return None if tables is None else partial(self._by_checksums, tables)

    def _by_residue(self, sums: IntArray, x: IntArray) -> tuple[IntArray, Mask, CheckCounts]:
        """Flag what leaves another remainder than it should; a sample's columns count as one."""
        off = sums - x @ self.place.weights(self.mapping.network).T
        flagged = np.asarray((off % self.layers.residue).any(axis=1))
        faulty = int(off.any(axis=1).sum())
        return sums, flagged, CheckCounts(judged=len(x), faulty=faulty, flagged=int(flagged.sum()))

    def _by_checksums(
        self, tables: CheckTables, sums: IntArray, x: IntArray
    ) -> tuple[IntArray, Mask, CheckCounts]:
        """Correct one column a block, and flag what can't be corrected."""
        tile, used = self.place.tile, sums.shape[1]
        truth = x @ tables.weights[tile, : x.shape[1], :used]
        verdict = tables.judge(tile, sums, x)
        block = tables.shape.code.columns
        counts = self._counted(verdict, sums, truth, tables.bounds[tile, :used], block)
        return verdict.values, np.asarray(verdict.doubtful.any(axis=1)), counts

    @staticmethod
    def _counted(
        verdict: CheckedSums, before: IntArray, right: IntArray, bounds: IntArray, block: int
    ) -> CheckCounts:
        off, left = np.abs(before - right), np.abs(verdict.values - right)
        faulty = _any_of_block(off > bounds, block)
        worse = _any_of_block((left > off) & (verdict.values != before) & (left > bounds), block)
        return CheckCounts(
            judged=faulty.size,
            faulty=int(faulty.sum()),
            flagged=int(verdict.flagged.sum()),
            corrected=int((verdict.column >= 0).sum()),
            wrongly_corrected=int(worse.sum()),
            false_alarms=int((verdict.flagged & ~faulty).sum()),
        )

    def _read(self, x: IntArray, reads: Reads, samples: IntArray) -> IntArray:
        sums, over = self._sums_of(x, reads, samples, halves=False)
        again = np.flatnonzero(over & self.layers.reissue)
        if again.size:
            sums[again], _ = self._sums_of(x[again], reads, samples[again], halves=True)
        spec = self.spec
        # Reads are exact where there is a factor, so that without faults nothing is left over.
        sums = decoded_sums(spec, sums) if self.layers.an else sums // spec.weight_factor
        sums -= spec.weight_offset * x.sum(axis=1, keepdims=True)
        return sums

    def _sums_of(
        self, x: IntArray, reads: Reads, samples: IntArray, *, halves: bool
    ) -> tuple[IntArray, Mask]:
        """Return the sums of columns, and in which samples a conversion was out of range."""
        spec, layers = self.spec, self.layers
        signed = self.mapping.network.layers[self.place.layer].signed
        plan = input_passes(spec, signed=signed, halves=halves)
        driven = np.stack([one.driven(x) for one in plan], axis=1)
        codes, over = reads.read(
            self.number,
            driven,
            self.first + samples,
            average=layers.average,
            vote=layers.vote,
        )
        roles = line_roles(spec)[: len(self.place.outputs) * spec.lines_per_column]
        weights = np.array([(-1 if role.negative else 1) << role.shift for role in roles])
        passes = np.array([one.sign << one.shift for one in plan])
        lines = (codes[..., : len(roles)] * weights * passes[:, np.newaxis]).sum(axis=1)
        sums: IntArray = lines.reshape(len(x), -1, spec.lines_per_column).sum(axis=2)
        return sums, np.asarray(over[..., : len(roles)].any(axis=(1, 2)))


def _any_of_block(columns: Mask, block: int) -> Mask:
    firsts = range(0, columns.shape[1], block)
    return np.stack([columns[:, k : k + block].any(axis=1) for k in firsts], axis=1)


def _stored(
    upsets: Upsets | None, values: IntArray, bits: int, *, signed: bool = True
) -> tuple[IntArray, Mask]:
    if upsets is None:
        return values, np.zeros(len(values), dtype=np.bool_)
    return upsets.disturb(values, bits, signed=signed)


def _saturated(values: IntArray, bits: int) -> IntArray:
    top = 1 << (bits - 1)
    clipped: IntArray = np.clip(values, -top, top - 1)
    return clipped
