"""Many passes of a tile at once, with the same codes as one after the other.

numpy gives the same normal deviates for one large draw as for many small ones in its order. So
what a pass takes from the tile's stream, driver by driver and conversion by conversion, is laid
out once, and the numbers of all passes are drawn as one block. The array is solved once for each
setting of the word lines; an engine gives many vectors to its accuracy, not to the last bit, so a
code may differ from a single read's only where the value lies that near to an edge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.adc import Adc
from ohmloom_analog.dac import Dac
from ohmloom_analog.engines.protocol import Engine, TimedEngine
from ohmloom_analog.read_noise import ReadNoise
from ohmloom_analog.read_order import ReadOrder
from ohmloom_analog.tia import Tia

__all__ = ["BatchReads"]

Floats = NDArray[np.float64]
IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class BatchReads:
    """The parts of a tile that a read goes through."""

    dac: Dac
    """Drivers of the word lines."""
    engine: Engine
    """Holds the array."""
    noise: ReadNoise | None
    """Of the array."""
    tia: Tia
    """Amplifiers of the lines."""
    adc: Adc
    """Converters."""
    rng: np.random.Generator
    """The stream that single reads draw from, too."""

    def read(self, codes: IntArray, order: ReadOrder) -> tuple[IntArray, Mask]:
        """Drive the word lines and convert, pass after pass.

        Parameters
        ----------
        codes
            Of the word lines, passes x R.

        Returns
        -------
        codes
            Passes x reads x lines, the lines as in `ReadOrder.lines`.
        over_range
            Which of them are clipped.

        Raises
        ------
        ValueError
            Where a code is out of range.
        EngineError
            Where the engine fails.
        """
        passes, rows = codes.shape
        first = rows if self.dac.noisy else 0
        kinds = int(self.tia.noisy) + int(self.adc.noisy)
        drawn = self.rng.standard_normal((passes, first + kinds * order.conversions))
        voltages = self.dac.driven(codes, drawn[:, :first] if self.dac.noisy else None)
        every = self._settled(voltages, codes)
        held = every
        if self.noise is not None and self.noise.of_pass:
            held = every + self.noise.held_of_passes(voltages)
        currents = (held[:, :-1] - held[:, -1:])[:, np.newaxis, order.lines]
        if self.noise is not None:
            currents = currents + self.noise.sampled_of_passes(every, order)
        currents = np.broadcast_to(currents, (passes, order.reads, len(order.lines)))
        amplified, sampled = None, None
        if self.tia.noisy:
            amplified = drawn[:, first + order.places(kinds, 0)]
        if self.adc.noisy:
            sampled = drawn[:, first + order.places(kinds, kinds - 1)]
        return self.adc.codes(self.tia.response(order.lines, currents, amplified), sampled)

    def _settled(self, voltages: Floats, codes: IntArray) -> Floats:
        """Return the currents of all lines, passes x (lines + 1) [A]."""
        if isinstance(self.engine, TimedEngine):
            msg = (
                "an engine that reads many passes at once must know no time, "
                f"not {self.engine.name}"
            )
            raise ValueError(msg)
        if self.dac.noisy:
            return self.engine.currents(voltages)
        _, firsts, places = np.unique(codes, axis=0, return_index=True, return_inverse=True)
        found: Floats = self.engine.currents(voltages[firsts])[places.ravel()]
        return found
