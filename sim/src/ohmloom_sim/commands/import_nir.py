"""The part of `ohmloom import` that reads NIR graphs: layers, what rounding costs, a report."""

import csv
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table

from ohmloom_analog.neurons import ResetMode
from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spike_quantisation import QuantisedLayer
from ohmloom_analog.spike_report import StateRange, worst_rounding
from ohmloom_sim.commands.console import output
from ohmloom_sim.files import replaced

__all__ = ["import_nir"]

_RESTS = ("rest", "synapse_rest")


def import_nir(
    model: Path,
    *,
    dt: float,
    bits: int,
    state_bits: int,
    reset: ResetMode,
    report: Path | None,
) -> None:
    """Read a graph and show its layers and the worst rounding of each."""
    layers = load_nir(model, dt=dt, bits=bits, state_bits=state_bits, reset=reset).layers
    if report is not None:
        _write_report(report, layers)
    table = Table(
        title=f"{model.name}: worst error by rounding",
        title_justify="left",
        title_style="bold",
        caption="rest: where a leak that rounds to nothing may leave a state; "
        "range: what a state holds of what its inputs could drive it to",
        caption_justify="left",
    )
    for name in ("layer", "neurons", "inputs", "weight", "other", "rest", "range"):
        table.add_column(name, justify="left" if name == "layer" else "right", overflow="fold")
    for layer in layers:
        table.add_row(*_cells(layer))
    output().print(table)
    if report is not None:
        output().print(f"all neurons are in {report}", markup=False)


def _cells(layer: QuantisedLayer) -> list[str]:
    found, worst = layer.layer, worst_rounding(layer.rows)
    weight = worst.pop("weight")
    rests = [worst.pop(name).relative for name in _RESTS if name in worst]
    other = max(worst.values(), key=lambda row: row.relative)
    return [
        layer.name,
        f"{len(found.neurons)} {found.neurons[0].kind}",
        str(len(found.weights)) + ("" if found.recurrent is None else " + loop"),
        _percent(weight.relative),
        f"{other.parameter} {_percent(other.relative)}" if other.error else "exact",
        _percent(max(rests)) if rests else "-",
        _range(layer.ranges),
    ]


def _percent(part: float) -> str:
    return f"{100 * part:.2g} %"


def _range(ranges: Iterable[StateRange]) -> str:
    narrow = max(ranges, key=lambda found: found.reach / found.held)
    if narrow.reach <= narrow.held:
        return "all"
    return f"{narrow.held:.3g} of {narrow.reach:.3g}"


def _write_report(path: Path, layers: Iterable[QuantisedLayer]) -> None:
    header = ("layer", "neuron", "parameter", "wanted", "integer", "fraction_bits", "value")
    with replaced(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*header, "error", "relative"))
        for layer in layers:
            for row in layer.rows:
                place = row.layer, row.neuron, row.parameter
                given = row.wanted, row.code, row.shift, row.value, row.error, row.relative
                writer.writerow((*place, *given))
            for held in layer.ranges:
                steps = round(held.held * 2.0**held.fraction_bits)
                place = held.layer, held.neuron, f"{held.state}_range"
                writer.writerow((*place, held.reach, steps, held.fraction_bits, held.held, "", ""))
