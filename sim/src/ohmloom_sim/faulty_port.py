"""An array whose codes go wrong on their way to the chip."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.bridge import ArrayBridge, ArrayModel
from ohmloom_sim.injected import ChipFaults, faulty_codes

__all__ = ["FaultyPort", "put_faults"]

IntArray = NDArray[np.int64]


class FaultyPort:
    """Stand between a port and its array; it can be read, not written.

    Parameters
    ----------
    model
        The array.
    spec
        The chip.
    stuck
        Codes of the lines that are stuck, by the line.
    spikes
        Probability that a conversion gives any code at all.
    rng
        Of the spikes.
    """

    def __init__(
        self,
        model: ArrayModel,
        *,
        spec: ChipSpec,
        stuck: dict[int, int],
        spikes: float,
        rng: np.random.Generator,
    ) -> None:
        self._model, self._spec, self._stuck = model, spec, stuck
        self._spikes, self._rng = spikes, rng
        self.disturbed = 0
        """Codes that were changed."""

    def apply(self, codes: IntArray) -> None:
        """Drive the word lines with DAC codes, one a row."""
        self._model.apply(codes)

    def convert(self, lines: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        """Convert lines; return their codes and whether each was clipped."""
        codes, clipped = self._model.convert(lines)
        there = {int(np.flatnonzero(lines == k)[0]): self._stuck[k] for k in self._held(lines)}
        wrong = faulty_codes(self._spec, codes, there, self._spikes, self._rng)
        self.disturbed += int((wrong != codes).sum())
        return wrong, clipped

    def _held(self, lines: IntArray) -> list[int]:
        return [line for line in self._stuck if line in lines]


def put_faults(
    spec: ChipSpec, chip: AnalogChip, bridges: Sequence[ArrayBridge], faults: ChipFaults | None
) -> tuple[FaultyPort, ...]:
    """Put faults between ports, which are at rest, and the tiles behind them.

    Raises
    ------
    ValueError
        Where there are faults, but no ports to put them at.
    """
    if faults is None:
        return ()
    if not bridges:
        msg = "faults must be put at array ports, not at the pins of converters"
        raise ValueError(msg)
    streams = np.random.default_rng(faults.seed).spawn(len(bridges))
    ports = tuple(
        FaultyPort(tile, spec=spec, stuck=faults.of_tile(index), spikes=faults.spikes, rng=rng)
        for index, (tile, rng) in enumerate(zip(chip.tiles, streams, strict=True))
    )
    for bridge, port in zip(bridges, ports, strict=True):
        bridge.put(port)
    return ports
