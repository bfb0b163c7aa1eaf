"""NeuRRAM's throughput and efficiency by the bits of inputs and outputs.

=======  =======================================================  ====
symbol   name                                                     unit
=======  =======================================================  ====
n        magnitude bits of an input, without its sign             bit
m        bits of an output                                        bit
t_i      one integration of a line's charge                       s
t_c      one step of the converter                                s
t_p      what a phase takes besides                               s
e        energy of a part for an operation, at 3/1 bits           J
=======  =======================================================  ====

Bit k of an input is integrated 2^k times. In two phases the upper half of an input's bits is
integrated and converted by itself, then the lower half, whose codes have as many bits fewer::

    T = t_i sum over phases (2^n_p - 1) + t_c sum over phases m_p + t_p phases

Each cell is one operation, so that TOPS/W are one over the energy of an operation. Word lines and
input drivers switch once for each bit of an input, and neurons draw the same power all the time::

    E = n (e_word_lines + e_inputs) + e_neurons T / T(3/1)

The e are the energies published for 3/1 bits; nothing is fitted to the other modes.
"""

from collections.abc import Mapping
from typing import Any

from ohmloom_analog.chip_shape import ChipShape
from ohmloom_analog.energy_rebuilt import RebuiltFigure
from ohmloom_analog.technology import counted

__all__ = ["neurram_figures", "neurram_latency", "neurram_run_energy"]


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


def neurram_run_energy(
    data: Mapping[str, Any], spec: ChipShape, *, products: int, passes: int
) -> dict[str, float]:
    """Return what the cores of a chip take, by part [J].

    Parameters
    ----------
    data
        What `published/neurram.toml` holds.
    products
        Products of a core with a vector.
    passes
        Bits of inputs that were read, of all these products together.
    """
    cells = counted(spec, "cells") // spec.tiles
    least = data["mode"][0]
    unit = {name: fj * 1e-15 * cells for name, fj in least["energy_fj"].items()}
    outputs, inputs = spec.adc.bits, spec.input.bits + 1
    longer = _latency(data, outputs, inputs) / _latency(data, *least["bits"])
    return {
        "word lines": unit["word lines"] * passes,
        "neurons": unit["neurons"] * longer * products,
        "inputs": unit["inputs"] * passes,
    }


def neurram_figures(data: Mapping[str, Any], spec: ChipShape) -> tuple[RebuiltFigure, ...]:
    """Return throughput and efficiency of every mode, and energies of the parts where published.

    Parameters
    ----------
    data
        What `published/neurram.toml` holds.
    spec
        A core, or some; its bits are set to those of each mode.
    """
    cells = counted(spec, "cells") // spec.tiles
    found = []
    for mode in data["mode"]:
        outputs, inputs = mode["bits"]
        seconds = _latency(data, outputs, inputs)
        bits = f"at {outputs}/{inputs} bits"
        used = _with_bits(spec, outputs, max(1, inputs - 1))
        parts = neurram_run_energy(data, used, products=1, passes=used.input.bits)
        ours = {
            "tops": (f"throughput {bits}", data["cores"] * cells / seconds / 1e12),
            "tops_w": (f"efficiency {bits}", cells / sum(parts.values()) / 1e12),
        }
        found += [
            _figure(data, spec, key, name, published=mode[key], ours=value)
            for key, (name, value) in ours.items()
        ]
        # Those of the first mode are where ours are from.
        others = {} if mode is data["mode"][0] else mode.get("energy_fj", {})
        found += [
            _figure(
                data, spec, "energy_fj", f"energy of {name} {bits}",
                published=published, ours=parts[name] / cells / 1e-15,
            )
            for name, published in others.items()
        ]  # fmt: skip
    return tuple(found)


def _latency(data: Mapping[str, Any], outputs: int, inputs: int) -> float:
    two = min(mode["bits"][1] for mode in data["mode"] if mode["phases"] == 2)
    phases = 2 if inputs >= two else 1
    return neurram_latency(output_bits=outputs, input_bits=inputs, phases=phases, **data["time"])


def _with_bits(spec: ChipShape, outputs: int, magnitude: int) -> ChipShape:
    parts = {
        "adc": spec.adc.model_copy(update={"bits": outputs}),
        "input": spec.input.model_copy(update={"bits": magnitude}),
    }
    return spec.model_copy(update=parts)


def _figure(
    data: Mapping[str, Any], spec: ChipShape, key: str, name: str, *, published: float, ours: float
) -> RebuiltFigure:
    return RebuiltFigure(
        name=name,
        unit={"tops": "TOPS", "tops_w": "TOPS/W", "energy_fj": "fJ"}[key],
        published=published,
        ours=ours,
        within=data["within"][key] * published,
        spec=spec.name,
    )
