"""NeuRRAM's throughput and efficiency by the bits of inputs and outputs.

=======  =======================================================  ====
symbol   name                                                     unit
=======  =======================================================  ====
n        magnitude bits of an input, without its sign             bit
m        bits of an output                                        bit
t_i      one integration of a line's charge                       s
t_c      one step of the converter                                s
t_p      what a phase takes besides                               s
=======  =======================================================  ====

Bit k of an input is integrated 2^k times. In two phases the upper half of an input's bits is
integrated and converted by itself, then the lower half, whose codes have as many bits fewer::

    T = t_i sum over phases (2^n_p - 1) + t_c sum over phases m_p + t_p phases

Each cell is one operation, so that TOPS/W are one over the energy of an operation.
"""

from collections.abc import Mapping
from typing import Any

from ohmloom_analog.energy_rebuilt import RebuiltFigure

__all__ = ["neurram_figures", "neurram_latency"]


def neurram_latency(
    *,
    output_bits: int,
    input_bits: int,
    phases: int,
    integration: float,
    conversion_step: float,
    phase: float,
) -> float:
    """Return how long a product of a whole core takes [s].

    Parameters
    ----------
    output_bits, input_bits
        Signs included; an input of one bit is taken as it is.
    phases
        1 or 2.
    integration, conversion_step, phase
        t_i, t_c and t_p [s].

    Raises
    ------
    ValueError
        Where there are other phases, or fewer bits than phases.
    """
    magnitude = max(1, input_bits - 1)
    if phases not in (1, 2):
        msg = f"phases must be 1 or 2, not {phases}"
        raise ValueError(msg)
    if min(magnitude, output_bits) < phases:
        msg = f"bits must be at least {phases} in {phases} phases, not {magnitude}"
        raise ValueError(msg)
    upper = -(-magnitude // phases)
    parts = (upper,) if phases == 1 else (upper, magnitude - upper)
    codes = (output_bits,) if phases == 1 else (output_bits, max(0, output_bits - upper))
    integrations = sum((1 << bits) - 1 for bits in parts)
    return integration * integrations + conversion_step * sum(codes) + phase * phases


def neurram_figures(data: Mapping[str, Any]) -> tuple[RebuiltFigure, ...]:
    """Return throughput of every mode, and efficiency of those whose energies are at hand.

    Parameters
    ----------
    data
        What `published/neurram.toml` holds.
    """
    operations = data["cores"] * data["rows"] * data["columns"]
    found = []
    for mode in data["mode"]:
        outputs, inputs = mode["bits"]
        seconds = neurram_latency(
            output_bits=outputs, input_bits=inputs, phases=mode["phases"], **data["time"]
        )
        found.append(
            _figure(data, f"throughput at {outputs}/{inputs} bits", mode, "tops",
                    operations / seconds / 1e12)
        )  # fmt: skip
        if "energy_fj" in mode:
            joules = sum(mode["energy_fj"].values()) * 1e-15
            found.append(
                _figure(data, f"efficiency at {outputs}/{inputs} bits", mode, "tops_w",
                        1 / joules / 1e12)
            )  # fmt: skip
    return tuple(found)


def _figure(
    data: Mapping[str, Any], name: str, mode: Mapping[str, Any], key: str, ours: float
) -> RebuiltFigure:
    return RebuiltFigure(
        name=name,
        unit={"tops": "TOPS", "tops_w": "TOPS/W"}[key],
        published=mode[key],
        ours=ours,
        within=data["within"][key] * mode[key],
    )
