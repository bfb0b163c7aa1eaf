"""What transposed reads take: arrays whose bit lines are driven and whose word lines are converted.

Figures are those of a read, see `ohmloom_sim.energy.model`, with the sides changed: a driver holds
each bit line and an amplifier each word line. The reference line is held at 0 V.
"""

import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.dac import Dac
from ohmloom_analog.energy_adc import EnvelopeName, conversion_energy
from ohmloom_analog.energy_costs import ANALOG_COSTS
from ohmloom_sim.energy.component import Component
from ohmloom_sim.recording import Recording

__all__ = ["transposed_energy"]


def transposed_energy(
    chip: AnalogChip, recording: Recording, *, envelope: EnvelopeName = "median"
) -> tuple[Component, ...]:
    """Return what all passes of a recording take, by component [J].

    Parameters
    ----------
    chip
        The arrays that were read.
    recording
        Its inputs are codes of bit lines, passes x lines; its codes those of word lines.
    envelope
        Whether its ADCs are like the median of those published, or like the best.

    Raises
    ------
    ValueError
        Where the recording is of other lines, or the envelope has another name.
    """
    spec = chip.spec
    if recording.inputs.shape[1:] != (spec.lines,):
        msg = f"inputs must be those of {spec.lines} bit lines, not {recording.inputs.shape[1:]}"
        raise ValueError(msg)
    dac, still = Dac(spec.dac, spec.input.slice_bits), np.random.default_rng(0)
    lines = [held.at_read(spec.dac.v_read)[:, : spec.lines].sum(axis=0) for held in chip.cells]
    volts = np.array([dac.voltages(codes, still) for codes in recording.inputs])
    power = (volts**2 * np.array(lines)[recording.tile]).sum(axis=1)
    seconds = spec.dac.settle_time + (recording.end_ps - recording.start_ps) * 1e-12
    held = float(seconds.sum())
    driver, amplifier = ANALOG_COSTS.dac(spec.input.slice_bits), ANALOG_COSTS.amplifier
    conversions = int((recording.codes >= 0).sum())
    each = conversion_energy(spec.adc.bits, envelope)
    found = {
        "array": (float(power @ seconds), "V^2 G t of every recorded pass"),
        "DACs": (held * spec.lines * driver, f"{driver / 1e-6:.3g} µW a bit line"),
        "amplifiers": (held * spec.rows * amplifier, f"{amplifier / 1e-6:.3g} µW a word line"),
        "ADCs": (conversions * each, f"{each / 1e-12:.3g} pJ a conversion"),
    }
    return tuple(
        Component(name=f"transposed {name}", value=value, basis=basis)
        for name, (value, basis) in found.items()
    )
