"""Energy, latency and area of a chip's inferences, by component.

=============  =====================================================================
component      energy
=============  =====================================================================
array          V^2 G t of every cell in every recorded pass
word lines     C V^2 of every recorded pass, where the chip has a line capacitance
DACs           power of a driver, times the time that it holds its line
amplifiers     power of an amplifier, likewise
ADCs           conversions that the chip counted, times the envelope of published ADCs
digital        operations, times those of 45 nm
buffers        bytes to and from them, times those of an SRAM
=============  =====================================================================

A chip in the technology of a published one has that one's parts instead, see `technology`.

Not in it: control, clock, the link to the host, leakage, and logic against errors, for none of
which there is a figure to go by.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.dac import Dac
from ohmloom_analog.energy_adc import EnvelopeName, conversion_energy, walden_figure
from ohmloom_analog.energy_costs import ANALOG_COSTS, AREA_COSTS, DIGITAL_COSTS
from ohmloom_analog.energy_published import load_published
from ohmloom_analog.energy_rebuilt import RebuiltFigure
from ohmloom_analog.mapping import Mapping as NetworkMapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.array_figures import array_figures
from ohmloom_sim.energy.activity import Activity
from ohmloom_sim.energy.component import Component
from ohmloom_sim.energy.conventional import Rival, rivals
from ohmloom_sim.energy.technology import technology_area, technology_energy
from ohmloom_sim.job import Answer
from ohmloom_sim.recording import Recording

__all__ = ["Component", "EnergyReport", "chip_area", "energy_report"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyReport:
    """What a run on a chip took."""

    chip: str
    """Name of the chip."""
    chip_hash: str
    """Hash of its description."""
    activity: Activity
    """What was counted."""
    energy: tuple[Component, ...]
    """Of an inference [J]."""
    latency: tuple[Component, ...]
    """Of an inference [s]."""
    area: tuple[Component, ...]
    """Of the chip [m^2]."""
    programming: float | None
    """Of all pulses that wrote the cells, once [J]; None where no pulses were given."""
    rivals: tuple[Rival, ...]
    """The same network elsewhere."""
    published: tuple[RebuiltFigure, ...] = ()
    """Figures of the published chip whose technology it has, by this chip's counts."""

    @property
    def inference_energy(self) -> float:
        """Energy of an inference [J]."""
        return sum(part.value for part in self.energy)

    @property
    def mvms_per_inference(self) -> float:
        """Products of a tile with a vector in an inference."""
        return self.activity.mvms / self.activity.samples

    @property
    def mac_energy(self) -> float:
        """Energy of a multiplication of the network [J]."""
        return self.inference_energy * self.activity.samples / self.activity.macs

    @property
    def inference_latency(self) -> float:
        """Time of an inference [s]."""
        return sum(part.value for part in self.latency)

    @property
    def chip_area(self) -> float:
        """Area of the chip [m^2], as far as it is known."""
        return sum(part.value for part in self.area)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data, in SI units."""
        per = self.mvms_per_inference
        return {
            "chip": self.chip,
            "spec_hash": self.chip_hash,
            "activity": self.activity.to_json(),
            "energy_per_inference": self.inference_energy,
            "energy_per_mvm": self.inference_energy / per,
            "energy_per_mac": self.mac_energy,
            "latency_per_inference": self.inference_latency,
            "latency_per_mvm": self.inference_latency / per,
            "area": self.chip_area,
            "programming_energy": self.programming,
            "energy": [asdict(part) for part in self.energy],
            "latency": [asdict(part) for part in self.latency],
            "area_parts": [asdict(part) for part in self.area],
            "conventional": [rival.to_json() for rival in self.rivals],
            "published": [figure.to_json() for figure in self.published],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave.

        Raises
        ------
        ValueError
            Where it is something else.
        """
        try:
            activity = Activity(**plain["activity"])
            return cls(
                chip=plain["chip"],
                chip_hash=plain["spec_hash"],
                activity=activity,
                energy=tuple(Component(**part) for part in plain["energy"]),
                latency=tuple(Component(**part) for part in plain["latency"]),
                area=tuple(Component(**part) for part in plain["area_parts"]),
                programming=plain["programming_energy"],
                rivals=rivals(activity.macs / activity.samples),
                published=tuple(RebuiltFigure.from_json(one) for one in plain["published"]),
            )
        except (KeyError, TypeError) as error:
            msg = f"an energy report must hold what `ohmloom run --report` writes, not {error}"
            raise ValueError(msg) from None


def energy_report(
    chip: AnalogChip,
    mapping: NetworkMapping,
    answer: Answer,
    *,
    envelope: EnvelopeName = "median",
) -> EnergyReport:
    """Report what a run took.

    Parameters
    ----------
    chip
        The arrays that gave the answer.
    envelope
        Whether its ADCs are like the median of those published, or like the best.

    Raises
    ------
    ValueError
        Where the envelope has another name, or isn't the median for a chip that has the converters
        of a published one.
    """
    spec = chip.spec
    activity = Activity.of(spec, mapping, answer)
    written = answer.written
    lab = spec.technology == "lab"
    if not lab and envelope != "median":
        msg = f"envelope must be left out for the technology '{spec.technology}', not {envelope!r}"
        raise ValueError(msg)
    return EnergyReport(
        chip=spec.name,
        chip_hash=spec.hash,
        activity=activity,
        energy=_lab_energy(chip, activity, answer, envelope)
        if lab
        else technology_energy(spec, activity),
        latency=_latency(activity),
        area=chip_area(spec),
        programming=None if written is None else written.energy,
        rivals=rivals(activity.macs / activity.samples),
        published=() if lab else load_published(spec.technology, spec).figures,
    )


def _lab_energy(
    chip: AnalogChip, activity: Activity, answer: Answer, envelope: EnvelopeName
) -> tuple[Component, ...]:
    spec = chip.spec
    array = array_figures(chip, answer).array_energy
    charging = _charging(spec, answer.recording)
    bits, slice_bits = spec.adc.bits, spec.input.slice_bits
    costs = DIGITAL_COSTS
    each = conversion_energy(bits, envelope)
    fj = walden_figure(bits, envelope) / 1e-15
    dac, amplifier = ANALOG_COSTS.dac(slice_bits), ANALOG_COSTS.amplifier
    digital = activity.additions * costs.add_32 + activity.multiplications * costs.multiply_32
    totals: Mapping[str, tuple[float, str]] = {
        "array": (array * activity.samples, "V^2 G t of every recorded pass"),
        "DACs": (
            activity.row_seconds * dac,
            f"{dac / 1e-6:.3g} µW a line while it is held, {slice_bits} bits (MNSIM)",
        ),
        "amplifiers": (
            activity.line_seconds * amplifier,
            f"{amplifier / 1e-6:.3g} µW a line while it is held (recalled, 10 to 100 µW)",
        ),
        "ADCs": (
            activity.conversions * each,
            (
                f"{each / 1e-12:.3g} pJ a conversion: {envelope} of SAR ADCs, "
                f"{fj:.3g} fJ a step (Murmann)"
            ),
        ),
        "digital": (digital, "additions and multiplications of 32 bits, 45 nm (Horowitz)"),
        "buffers": (
            activity.buffer_bytes * costs.sram_byte,
            f"{costs.sram_byte / 1e-12:.3g} pJ a byte of SRAM, 45 nm (Horowitz)",
        ),
    }
    if charging:
        totals = {**totals, "word lines": (charging, "C V^2 of every recorded pass")}
    return tuple(
        Component(name=name, value=total / activity.samples, basis=basis)
        for name, (total, basis) in totals.items()
    )


def _charging(spec: ChipSpec, recording: Recording) -> float:
    capacitance = np.array([g.wires.c_word * (spec.lines + 1) for g in spec.tile_specs])
    if not capacitance.any():
        return 0.0
    dac, still = Dac(spec.dac, spec.input.slice_bits), np.random.default_rng(0)
    squares = np.array([float((dac.voltages(c, still) ** 2).sum()) for c in recording.inputs])
    return float(capacitance[recording.tile] @ squares)


def _latency(activity: Activity) -> tuple[Component, ...]:
    parts = {
        "word lines settle": (activity.settle_seconds, "recorded passes"),
        "conversions": (activity.conversion_seconds, "recorded passes"),
    }
    rest = activity.run_seconds - sum(seconds for seconds, _ in parts.values())
    parts["digital side alone"] = (rest, "the chip's count of cycles, less the others")
    return tuple(
        Component(name=name, value=max(0.0, seconds) / activity.samples, basis=basis)
        for name, (seconds, basis) in parts.items()
    )


def chip_area(spec: ChipSpec) -> tuple[Component, ...]:
    """Return the area of a chip by component [m^2].

    Amplifiers, control, the link and wiring between parts aren't in it: there is no figure. One in
    the technology of a published chip has that one's parts.
    """
    if spec.technology != "lab":
        return technology_area(spec)
    costs, tiles = AREA_COSTS, spec.tiles
    cells = sum(
        costs.cell(group.cell.access) * spec.rows * (spec.lines + 1) for group in spec.tile_specs
    )
    drivers, converters = tiles * spec.rows, tiles * spec.adcs
    # Inputs, results and biases of 4 bytes, gain and offset of 4 bytes each a column.
    held = spec.input_entries * spec.entry_bits // 8 + 8 * spec.result_entries
    held += 8 * tiles * spec.columns
    nm = costs.feature / 1e-9
    return (
        Component(name="arrays", value=cells, basis=f"cells of 4 or 48 F^2 at {nm:.3g} nm"),
        Component(
            name="DACs",
            value=drivers * costs.dac(spec.input.slice_bits),
            basis=f"{drivers:,} of {spec.input.slice_bits} bits (MNSIM)",
        ),
        Component(
            name="ADCs",
            value=converters * costs.adc(spec.adc.bits),
            basis=f"{converters:,} of {spec.adc.bits} bits, twice as large a bit (PUMA, ISAAC)",
        ),
        Component(
            name="shift and add", value=tiles * costs.adder, basis=f"{tiles} units (PUMA, ISAAC)"
        ),
        Component(name="buffers", value=held * costs.buffer_byte, basis=f"{held:,} bytes (ISAAC)"),
    )
