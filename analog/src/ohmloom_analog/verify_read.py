"""A verify read: from what one cell conducts to its code.

=========  ====================================  ====
symbol     name                                  unit
=========  ====================================  ====
G          conductance between the lines' ends   S
G_f        conductance at the full scale         S
b          bits of a verify code                 1
sigma      standard deviation of the cell        1
=========  ====================================  ====

::

    code = ADC of G (1 + sigma N(0, 1)) / G_f,   sigma^2 = white^2 + Q^2 ln((t + t_r) / (2 t_r))

The range of one cell has an amplifier and a zero of its own, so that the offsets of the converters,
which the lines of a product share, don't count; their gain errors, bow and noise do. Of the noise
of a cell it sees the white part and the 1/f noise faster than the conversion time t after which it
is read; what is slower stands still while a cell is written.
"""

import numpy as np

from ohmloom_analog.adc import Adc
from ohmloom_analog.level_program import verify_bits, verify_full_scale
from ohmloom_analog.programming import window
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tia import SATURATION

__all__ = ["VerifyRead"]


class VerifyRead:
    """The range of one cell of a tile.

    Raises
    ------
    SpecError
        Where the chip doesn't say how the tile is written.
    """

    def __init__(self, spec: ChipSpec, index: int) -> None:
        self._spec, self._effects = spec, spec.tile_specs[index].effects
        self._full = verify_full_scale(spec, index)
        self._high = window(spec, index)[1]
        bits = verify_bits(spec)
        noise = spec.adc.noise / (1 << (spec.adc.bits - bits))
        converter = spec.adc.model_copy(update={"bits": bits, "noise": noise, "offset": 0.0})
        self._adc = Adc(converter)

    def code(self, conductance: float, memory: float, rng: np.random.Generator) -> tuple[int, bool]:
        """Return the code, and whether it is clipped.

        Parameters
        ----------
        conductance
            G [S].
        memory
            What the memory alone conducts, which says how much it is in noise [S].
        rng
            Draws the noise of the cell, the amplifier and the converter.
        """
        sigma = self._sigma(memory)
        if sigma > 0:
            conductance *= 1 + sigma * rng.standard_normal()
        output = (1 + self._spec.tia.gain_error) * conductance / self._full
        if self._spec.tia.noise > 0:
            output += self._spec.tia.noise * rng.standard_normal()
        bounded = min(max(output, -SATURATION), SATURATION)
        codes, over_range = self._adc.convert([bounded], rng)
        return int(codes[0]), bool(over_range[0])

    def _sigma(self, memory: float) -> float:
        flicker = self._effects.flicker
        variance = self._effects.read_noise**2
        if flicker.q > 0:
            share = max(memory / self._high, 1e-12)
            amplitude = min(flicker.q / share**flicker.power, flicker.most)
            time = max(self._spec.adc.conversion_time, flicker.read_time)
            variance += amplitude**2 * np.log((time + flicker.read_time) / (2 * flicker.read_time))
        return float(np.sqrt(variance))
