"""What a run says about its arrays: effects, flagged cells, and the energy of the reads.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
V_i      voltage of word line i in a pass                            V
G_ij     conductance of the whole cell at the read voltage           S
t        from the change of the word lines to the pass's last code   s
b        bits of the ADC                                             bit
=======  ==========================================================  ====

::

    array:       E = sum over passes of t sum_ij V_i^2 G_ij
    converters:  E = conversions * that of `ohmloom_analog.energy_adc` for b bits,
                 each read that makes one of them

What the wires take is left out of the first, so that it is an upper bound. The second takes the
median of published SAR converters; drivers, amplifiers and logic are in neither, see
`ohmloom_sim.energy.model`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.dac import Dac
from ohmloom_analog.energy_adc import conversion_energy
from ohmloom_analog.settling import Settling
from ohmloom_hw.repeated_reads import repeats
from ohmloom_sim.error_causes import ErrorCauses, error_causes
from ohmloom_sim.job import Answer

__all__ = ["ArrayFigures", "array_figures", "settling_json"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayFigures:
    """The figures of the arrays in one run."""

    age: float
    """Time since programming [s]."""
    temperature: float
    """[K]."""
    cells: int
    """Cells on the chip, those of reference lines included."""
    effects: Mapping[str, int]
    """Cells that each effect has touched; one that is off isn't listed."""
    flagged_cells: int
    """Cells with a fault: stuck, on a broken line, or without a window."""
    array_energy: float
    """Energy of the arrays, mean over the samples [J]."""
    converter_energy: float
    """Energy of the ADCs, mean over the samples [J]."""
    settling: Mapping[int, Settling] = field(default_factory=dict)
    """By how much reads weren't settled, by the tile; none where the engine knows no time."""
    causes: ErrorCauses | None = None
    """What line sums are off by, as the chip's own figures tell; None where no cell conducts."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        apart = ("effects", "settling", "causes")
        names = [name for name in self.__dataclass_fields__ if name not in apart]
        plain = {name: getattr(self, name) for name in names}
        if self.causes is not None:
            plain["causes"] = self.causes.to_json()
        return {**plain, "effects": dict(self.effects), **settling_json(self.settling)}


def settling_json(settling: Mapping[int, Settling]) -> dict[str, Any]:
    """Return the settling errors of tiles as plain data, under one name; nothing where none is."""
    if not settling:
        return {}
    return {"settling_error": [{"tile": tile, **of.to_json()} for tile, of in settling.items()]}


def array_figures(chip: AnalogChip, answer: Answer, *, wires: bool = True) -> ArrayFigures:
    """Take the figures of a chip that gave an answer.

    Parameters
    ----------
    wires
        Whether it gave it with line resistance, as all engines but the ideal one do.
    """
    spec, recording = chip.spec, answer.recording
    samples = len(answer.winners)
    dac = Dac(spec.dac, spec.input.slice_bits)
    still = np.random.default_rng(0)
    rows = np.array([held.at_read(spec.dac.v_read).sum(axis=1) for held in chip.cells])
    power = np.array(
        [
            float(dac.voltages(codes, still) ** 2 @ rows[tile])
            for tile, codes in zip(recording.tile, recording.inputs, strict=True)
        ]
    )
    # Recordings begin where the first conversion of a pass does.
    seconds = spec.dac.settle_time + (recording.end_ps - recording.start_ps) * 1e-12
    # The chip counts an average or a vote of several conversions as one.
    conversions = answer.conversions * repeats(spec)
    first = chip.cells[0].state
    return ArrayFigures(
        age=first.age,
        temperature=first.temperature,
        cells=sum(held.conductance.size for held in chip.cells),
        effects=chip.touched,
        flagged_cells=chip.flagged,
        array_energy=float(power @ seconds) / samples,
        converter_energy=conversions * conversion_energy(spec.adc.bits) / samples,
        settling=answer.settling,
        causes=error_causes(chip, np.unique(recording.tile).tolist(), wires=wires),
    )
