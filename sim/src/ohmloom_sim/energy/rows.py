"""Rows of tables: what inferences take, as texts."""

from collections.abc import Sequence

from ohmloom_sim.energy.model import Component, EnergyReport

__all__ = ["area_text", "component_rows", "energy_text", "rival_rows", "time_text", "total_rows"]

_ENERGIES = ((1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ"), (1e-12, "pJ"), (1e-15, "fJ"))
_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def energy_text(value: float) -> str:
    """Return an energy in J with a prefix."""
    return _scaled(value, _ENERGIES)


def time_text(value: float) -> str:
    """Return a time in s with a prefix."""
    return _scaled(value, _TIMES)


def area_text(value: float) -> str:
    """Return an area in m^2 as square millimetres."""
    return f"{value / 1e-6:.4g} mm²"


def total_rows(report: EnergyReport) -> list[tuple[str, str]]:
    """Return what an inference and an MVM take, and what that was counted from."""
    activity, per = report.activity, report.mvms_per_inference
    energy, latency = report.inference_energy, report.inference_latency
    rows = [
        ("energy of an inference", energy_text(energy)),
        ("of an MVM, one step of one tile", energy_text(energy / per)),
        ("of a MAC of the network", energy_text(report.mac_energy)),
        ("latency of an inference", time_text(latency)),
        ("of an MVM", time_text(latency / per)),
        ("measured over", f"{activity.samples:,} inferences of {per:g} MVMs"),
        ("conversions an inference", f"{activity.conversions / activity.samples:,.4g}"),
        ("MACs an inference", f"{activity.macs / activity.samples:,.4g}"),
    ]
    if report.area:
        left_out = "" if report.published else ", amplifiers and control left out"
        rows.insert(5, (f"area{left_out}", area_text(report.chip_area)))
    if report.programming is not None:
        rows.append(("pulses that wrote the cells, once", energy_text(report.programming)))
    return rows


def component_rows(report: EnergyReport) -> list[tuple[str, str, str, str, str]]:
    """Return what, an inference, an MVM, share of the whole, and from what, by component."""
    rows, per = [], report.mvms_per_inference
    for title, parts, text in (
        ("energy", report.energy, energy_text),
        ("latency", report.latency, time_text),
        ("area", report.area, area_text),
    ):
        for part in parts:
            share = f"{100 * part.value / _total(parts):.1f} %"
            mvm = "" if title == "area" else text(part.value / per)
            rows.append((f"{title}: {part.name}", text(part.value), mvm, share, part.basis))
    return rows


def rival_rows(report: EnergyReport) -> list[tuple[str, str, str, str]]:
    """Return assumption, energy, share of memory, and energy over the chip's, of each datapath."""
    return [
        (
            rival.assumption,
            energy_text(rival.energy),
            f"{100 * rival.memory_share:.1f} %",
            f"{rival.energy / report.inference_energy:.3g}",
        )
        for rival in report.rivals
    ]


def _total(parts: Sequence[Component]) -> float:
    return sum(part.value for part in parts) or 1.0


def _scaled(value: float, units: Sequence[tuple[float, str]]) -> str:
    factor, unit = next((u for u in units if abs(value) >= u[0]), units[-1])
    return f"{value / factor:.4g} {unit}"
