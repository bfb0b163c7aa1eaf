"""The page, and the files beside it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.engines import make_engine
from ohmloom_analog.mapping import write_weight_table
from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_analog.state import ChipState
from ohmloom_sim.energy.model import EnergyReport
from ohmloom_sim.energy.rows import component_rows, rival_rows, total_rows
from ohmloom_sim.files import replaced, write_json, write_text
from ohmloom_sim.job import Answer
from ohmloom_sim.metrics import Metrics
from ohmloom_sim.passes import passes_of_steps
from ohmloom_sim.recording import Recording
from ohmloom_sim.report.arrays import conductance_figure, deviation_figure, drop_figure
from ohmloom_sim.report.calibration import calibration_rows, row_scale_rows
from ohmloom_sim.report.canvas import data_uri
from ohmloom_sim.report.defence import counted_rows, defence_rows
from ohmloom_sim.report.energy import energy_figure
from ohmloom_sim.report.results import confusion_figure, error_figure, scatter_figure
from ohmloom_sim.report.tables import (
    array_rows,
    chip_rows,
    figure_rows,
    headlines,
    mapping_rows,
    origin_rows,
    program_rows,
    repair_rows,
)
from ohmloom_sim.report.template import rendered
from ohmloom_sim.report.timing import timing_figure
from ohmloom_sim.report.writing import pulses_figure, reached_figure
from ohmloom_sim.stimulus import Stimulus
from ohmloom_sim.tasks import PreparedTask

__all__ = ["write_report"]


def write_report(
    folder: Path,
    spec: ChipSpec,
    prepared: PreparedTask,
    answer: Answer,
    metrics: Metrics,
    *,
    chip: AnalogChip | None = None,
    state: ChipState | None = None,
    energy: EnergyReport | None = None,
) -> Path:
    """Write a report into a folder, which is made if it isn't there.

    Beside `index.html`, which needs no other file, are `metrics.json`, `chip.toml`,
    `weights.csv` with the place of each weight, and `recording.npz`, which `ohmloom compare`
    replays; with an energy report also `energy.json`.

    Parameters
    ----------
    chip
        The arrays, behind the engine `nodal`; None for new ones of the same seed.
    state
        Of the arrays, for the recording, where they weren't programmed anew.
    energy
        What the run took; None for a page without it.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OhmloomError
        Where a file can't be written.
    """
    mapping = prepared.mapping
    write_json(folder / "metrics.json", metrics.to_json())
    with replaced(folder / "chip.toml") as beside:
        write_spec(spec, beside)
    with replaced(folder / "weights.csv") as beside:
        write_weight_table(spec, mapping, beside)
    lived: dict[str, Any] = {"state": state}
    if metrics.array is not None:
        lived |= {"age": metrics.array.age, "temperature": metrics.array.temperature}
    stimulus = Stimulus.of_recording(spec, mapping.levels, metrics.seed, answer.recording, **lived)
    stimulus.save(folder / "recording.npz")
    taken: dict[str, Any] = {"energy": None}
    if energy is not None:
        write_json(folder / "energy.json", energy.to_json())
        taken = {
            "energy": total_rows(energy),
            "energy_parts": component_rows(energy),
            "energy_rivals": rival_rows(energy),
            "energy_picture": data_uri(energy_figure(energy)),
        }
    context: dict[str, Any] = {
        "spec": spec,
        "task": prepared.task.name,
        "metrics": metrics,
        "headlines": headlines(metrics),
        "figures": figure_rows(metrics),
        "chip": chip_rows(spec),
        "mapping": mapping_rows(mapping),
        "origin": origin_rows(prepared, metrics),
        "array": [*array_rows(metrics), *row_scale_rows(spec, mapping)],
        "program": program_rows(metrics.program),
        "repair": repair_rows(metrics.repair),
        "counted": counted_rows(metrics),
        "defence": defence_rows(metrics.faults),
        "calibration": calibration_rows(metrics.calibration),
        **_pictures(spec, prepared, answer, metrics, chip),
        **taken,
    }
    page = folder / "index.html"
    write_text(page, rendered("page.html.j2", context))
    return page


def _pictures(
    spec: ChipSpec,
    prepared: PreparedTask,
    answer: Answer,
    metrics: Metrics,
    chip: AnalogChip | None,
) -> dict[str, Any]:
    task, recording = prepared.task, answer.recording
    steps = passes_of_steps(spec, prepared.mapping.table, recording, metrics.images)
    if chip is None:
        levels = prepared.mapping.levels
        chip = AnalogChip.build(spec, levels, engine="nodal", seed=metrics.seed)
    tile = chip.tiles[0]
    typical = _typical_pass(recording, 0)
    tile.apply(recording.inputs[typical])
    engine = make_engine("nodal")
    engine.load(tile.crossbar)
    nodes = engine.node_voltages(tile.voltages)
    pictures = {
        "confusion": confusion_figure(
            task.labels, answer.winners, task.network.outputs, names=task.classes
        ),
        "scatter": scatter_figure(answer.results, prepared.integer.layers[-1]),
        "conductance": conductance_figure(tile.crossbar.conductance),
        "deviation": deviation_figure(_deviation(chip)),
        "drop": drop_figure(tile.voltages, nodes),
        "timing": timing_figure(spec, recording, steps),
        "errors": error_figure(metrics.errors),
    }
    if answer.written is not None:
        cells = answer.written.cells
        pictures["reached"] = reached_figure(spec, cells, answer.written.reached)
        pictures["pulses"] = pulses_figure(cells)
    drop = tile.voltages[:, np.newaxis] - nodes.word
    return {
        **{f"{name}_picture": data_uri(made) for name, made in pictures.items()},
        "typical_pass": typical,
        "largest_drop": f"{1e3 * float(drop.max()):.3g} mV",
        "largest_rise": f"{1e3 * float(nodes.bit.max()):.3g} mV",
    }


def _deviation(chip: AnalogChip) -> NDArray[np.float64]:
    """Return what the cells of tile 0 conduct at a read, less their levels [S]."""
    held, cell = chip.cells[0], chip.spec.tile[0].cell
    wanted = cell.g_min + cell.g_step * held.state.levels
    return held.at_read(chip.spec.dac.v_read) - wanted


def _typical_pass(recording: Recording, tile: int) -> int:
    """Return the pass of a tile that drives its word lines as much as the median does."""
    passes = np.flatnonzero(recording.tile == tile)
    order = np.argsort(recording.inputs[passes].sum(axis=1), kind="stable")
    return int(passes[order[len(order) // 2]])
