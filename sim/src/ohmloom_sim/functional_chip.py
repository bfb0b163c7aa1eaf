"""A whole chip in numpy: what its emitted Verilog gives with the same arrays, much faster.

Codes, results and counters are those of a co-simulation of the same job, draw for draw: noise is
taken from the same streams in the same order, and the logic is that of the hardware as integers.
Time isn't modelled.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import SpecError
from ohmloom_analog.lifetime import AMBIENT
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.array_reads import ArrayReads
from ohmloom_sim.column_checks import CheckTables
from ohmloom_sim.defended_run import CheckCounts, Layers, run_defended
from ohmloom_sim.host.row_scale import row_scales
from ohmloom_sim.recording import Recording

__all__ = ["FunctionalChip", "FunctionalRun", "check_followed"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class FunctionalRun:
    """What a chip gave."""

    results: IntArray
    """Result buffer, samples x outputs."""
    winners: IntArray
    """Argmax that the chip finds, one a sample."""
    conversions: int
    """Conversions that the chip counts."""
    clipped: int
    """Those of them that were clipped."""
    recording: Recording
    """What went over the array ports; without times."""
    counts: CheckCounts
    """What the checks found."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class FunctionalChip:
    """A mapped network on a chip, ready to be run.

    A second run goes on where the noise of the first has ended, as in a chip.
    """

    arrays: AnalogChip
    """What stands behind the array ports."""
    mapping: Mapping
    """The network on the chip."""
    tables: CheckTables | None
    """Of the checksums; None where there are none."""
    row_scale: IntArray | None
    """What inputs are multiplied by, tiles x rows; None where they aren't."""

    @classmethod
    def build(
        cls,
        spec: ChipSpec,
        mapping: Mapping,
        *,
        seed: int,
        engine: str = "nodal",
        age: float = 0.0,
        temperature: float = AMBIENT,
    ) -> Self:
        """Program a chip with a network, without a pulse, and make its checks ready.

        Parameters
        ----------
        seed
            Of the cells and of all noise.
        engine
            Any that knows no time.
        age, temperature
            Time since programming [s], and of the chip since then [K].

        Raises
        ------
        SpecError
            Where the chip has what this model doesn't follow.
        """
        arrays = AnalogChip.build(
            spec, mapping.levels, engine=engine, seed=seed, age=age, temperature=temperature
        )
        return cls.of(arrays, mapping)

    @classmethod
    def of(cls, arrays: AnalogChip, mapping: Mapping) -> Self:
        """Take arrays that are there already, written or restored, too.

        Raises
        ------
        SpecError
            Where the chip has what this model doesn't follow.
        """
        spec = arrays.spec
        check_followed(spec)
        layers = Layers.of(spec)
        tables = CheckTables.of(spec, mapping, average=layers.average) if layers.checksums else None
        scales = row_scales(spec, mapping.levels)
        return cls(arrays=arrays, mapping=mapping, tables=tables, row_scale=scales)

    def run(self, inputs: IntArray) -> FunctionalRun:
        """Send samples x inputs through the chip, one after the other.

        Raises
        ------
        ValueError
            Where there is no sample.
        EngineError
            Where the engine fails.
        """
        x = np.asarray(inputs, dtype=np.int64)
        if not len(x):
            msg = "samples must be at least 1, not 0"
            raise ValueError(msg)
        spec, layers = self.arrays.spec, Layers.of(self.arrays.spec)
        reads = ArrayReads(chip=self.arrays, mapping=self.mapping, samples=len(x))
        # What is read again comes before the next sample, so these go one by one.
        size = 1 if layers.rereads > 0 or layers.reissue else len(x)
        found = [
            run_defended(
                spec,
                self.mapping,
                x[first : first + size],
                reads=reads,
                layers=layers,
                tables=self.tables,
                row_scale=self.row_scale,
                first=first,
            )
            for first in range(0, len(x), size)
        ]
        results = np.concatenate([one.results for one in found])
        counts = CheckCounts()
        for one in found:
            counts += one.counts
        return FunctionalRun(
            results=results,
            winners=results.argmax(axis=1),
            conversions=reads.conversions,
            clipped=reads.clipped,
            recording=reads.recording(),
            counts=counts,
        )


def check_followed(spec: ChipSpec) -> None:
    """Refuse a chip that has what the functional model doesn't follow.

    Raises
    ------
    SpecError
        Where it has.
    """
    ecc = spec.defence
    name = None
    if spec.spiking is not None:
        name = "spiking"
    elif ecc.row_scale and (ecc.checksums or ecc.residue):
        name = "ecc.row_scale beside checks"
    if name is not None:
        msg = f"chip '{spec.name}' must be without {name} for the functional model, not with it"
        raise SpecError(msg)
