"""Tables of the report: names and values, as texts."""

import platform
from collections import abc
from importlib.metadata import version

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.settling import Settling
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.metrics import Metrics
from ohmloom_sim.repair_figures import RepairFigures
from ohmloom_sim.tasks import PreparedTask
from ohmloom_sim.written_cells import ProgramFigures

__all__ = [
    "array_rows",
    "chip_rows",
    "figure_rows",
    "headlines",
    "ideal_rows",
    "mapping_rows",
    "origin_rows",
    "program_rows",
    "repair_rows",
    "settling_rows",
]

Rows = list[tuple[str, str]]

_MOST_FAILURES = 12


def headlines(metrics: Metrics) -> list[tuple[str, str, str]]:
    """Return value, name and remark of what a reader looks for first."""
    accuracy = metrics.accuracy
    return [
        (
            f"{100 * accuracy.chip:.1f} %",
            "accuracy of the chip",
            (
                f"integer model {100 * accuracy.integer_model:.1f} %, "
                f"float network {100 * accuracy.float_network:.1f} %"
            ),
        ),
        (
            f"{metrics.mvm_error_lsb.rms:.3g} LSB",
            "MVM error, rms",
            f"largest {metrics.mvm_error_lsb.max:.4g} LSB",
        ),
        (
            f"{metrics.cycles_per_inference:,.0f}",
            "clock cycles an inference",
            f"converters busy {100 * metrics.adc_busy:.0f} % of them",
        ),
        (
            f"{metrics.clipped_conversions:,}",
            "clipped conversions",
            f"of {metrics.conversions:,}",
        ),
    ]


def figure_rows(metrics: Metrics) -> Rows:
    """Return all figures of a run."""
    accuracy, mvm, code = metrics.accuracy, metrics.mvm_error_lsb, metrics.code_error_lsb
    return [
        ("samples", f"{metrics.images:,}"),
        ("accuracy of the float network", f"{100 * accuracy.float_network:.2f} %"),
        ("accuracy of the integer model", f"{100 * accuracy.integer_model:.2f} %"),
        ("accuracy of the chip", f"{100 * accuracy.chip:.2f} %"),
        ("MVM error, rms and max", f"{mvm.rms:.4g} LSB, {mvm.max:.4g} LSB"),
        *ideal_rows(metrics),
        ("code error, rms and max", f"{code.rms:.4g} LSB, {code.max:.4g} LSB"),
        ("clipped conversions", f"{metrics.clipped_conversions:,} of {metrics.conversions:,}"),
        ("clock cycles per inference", f"{metrics.cycles_per_inference:,.1f}"),
        ("share with converters busy", f"{100 * metrics.adc_busy:.1f} %"),
        ("simulated MVMs per second", f"{metrics.mvm_per_second:,.4g}"),
        ("simulated in", f"{metrics.simulated_seconds:,.4g} s"),
    ]


def ideal_rows(metrics: Metrics) -> Rows:
    """Return the MVM error of arrays that weren't written, beside that of those that were."""
    ideal = metrics.mvm_error_ideal_lsb
    if ideal is None:
        return []
    return [
        ("MVM error of --program ideal, rms and max", f"{ideal.rms:.4g} LSB, {ideal.max:.4g} LSB")
    ]


def program_rows(figures: ProgramFigures | None) -> Rows:
    """Return what the writing of the arrays came to; nothing where they weren't written."""
    if figures is None:
        return []
    share = figures.written / max(1, figures.cells)
    rows = [
        (
            "cells within tolerance",
            f"{figures.written:,} of {figures.cells:,} ({100 * share:.2f} %)",
        ),
        ("of these without a pulse", f"{figures.untouched:,}"),
        (
            "pulses a cell, mean, p99, max",
            f"{figures.pulses_mean:.3g}, {figures.pulses_p99:.3g}, {figures.pulses_max}",
        ),
        ("changes of direction a cell, mean", f"{figures.flips_mean:.2g}"),
        ("relapsed after relaxation", f"{figures.relapsed:,}"),
    ]
    if figures.energy is not None:
        each = 1e12 * figures.energy / max(1, figures.cells)
        energy = f"{1e9 * figures.energy:,.4g} nJ, {each:.3g} pJ a cell"
        rows.append(("energy of the pulses", energy))
    if figures.cycles is not None:
        rows.append(("clock cycles, link included", f"{figures.cycles:,}"))
    if figures.seconds is not None:
        rows.append(("written in", f"{figures.seconds:.4g} s"))
    rows += _failures(figures)
    return rows


def repair_rows(figures: RepairFigures | None) -> Rows:
    """Return what stuck cells would cost and what repair gives back; nothing if nobody asked."""
    if figures is None:
        return []
    draws = len(figures.before)
    needed = ", ".join(f"{name} {count}" for name, count in figures.measures.items())
    return [
        ("stuck cells", f"{100 * figures.stuck:g} %, drawn {draws} times"),
        (
            "spares of a tile",
            f"{figures.spare_columns} columns, {figures.spare_rows} rows",
        ),
        ("accuracy without stuck cells", f"{100 * figures.fault_free:.2f} %"),
        ("with them, mean and lowest", _mean_and_lowest(figures.before)),
        ("after repair, mean and lowest", _mean_and_lowest(figures.after)),
        ("tiles that needed", needed),
    ]


def _mean_and_lowest(shares: abc.Sequence[float]) -> str:
    return f"{100 * sum(shares) / len(shares):.2f} %, {100 * min(shares):.2f} %"


def _failures(figures: ProgramFigures) -> Rows:
    rows = [
        (
            f"tile {cell.tile}, row {cell.row}, line {cell.line}",
            f"{cell.status}, {cell.levels_off:+.2f} levels off after {cell.pulses} pulses",
        )
        for cell in figures.failures[:_MOST_FAILURES]
    ]
    more = len(figures.failures) - len(rows)
    return [*rows, ("more cells that failed", f"{more:,}")] if more else rows


def array_rows(metrics: Metrics) -> Rows:
    """Return age, energy, and how many cells each effect has touched."""
    array = metrics.array
    if array is None:
        return []
    share = f"of {array.cells:,} cells"
    return [
        ("age, temperature", f"{array.age:g} s, {array.temperature:g} K"),
        ("energy of the arrays", f"{array.array_energy * 1e9:.4g} nJ an inference"),
        ("energy of the ADCs", f"{array.converter_energy * 1e9:.4g} nJ an inference, estimated"),
        *((_effect(name), f"{count:,} {share}") for name, count in array.effects.items()),
        ("flagged", f"{array.flagged_cells:,} {share}"),
        *([] if array.causes is None else [("line sums are off by", array.causes.sentence)]),
        *settling_rows(array.settling),
    ]


def _effect(name: str) -> str:
    stuck = {"p_stuck_hrs": "stuck at HRS", "p_stuck_lrs": "stuck at LRS"}
    return stuck.get(name, name.replace("_", " "))


def settling_rows(settling: abc.Mapping[int, Settling]) -> Rows:
    """Return by how much the reads of each tile weren't settled at worst."""
    return [
        (
            f"settling error of tile {tile}, worst",
            f"{worst.lsb:.3g} LSB, {worst.relative:.2g} of the largest",
        )
        for tile, worst in settling.items()
    ]


def chip_rows(spec: ChipSpec) -> Rows:
    """Return what a chip is, in short."""
    cell, wires, inputs = spec.tile[0].cell, spec.tile[0].wires, spec.input
    groups = "" if len(spec.tile) == 1 else "; first group: "
    return [
        ("tiles", f"{spec.tiles} of {spec.rows} rows x {spec.columns} columns"),
        ("encoding", f"{spec.encoding}, {spec.lines_per_column} bit lines a column"),
        ("weights", f"{spec.weight_bits} bits in cells of {spec.cell_bits} bits"),
        (
            f"cells{groups}",
            (
                f"{cell.g_min * 1e6:g} to {cell.g_max * 1e6:g} µS in {cell.levels} levels, "
                f"spread {100 * cell.spread:g} %"
            ),
        ),
        (
            f"wires{groups}",
            (
                f"word {wires.r_word:g} Ω, bit {wires.r_bit:g} Ω a segment; "
                f"source {wires.r_source:g} Ω, sense {wires.r_sense:g} Ω"
            ),
        ),
        (
            "inputs",
            (
                f"{inputs.bits} bits{', signed' if inputs.signed else ''}, "
                f"{inputs.slice_bits} at a time: {inputs.slices} passes"
            ),
        ),
        (
            "DAC",
            f"{spec.dac.v_read:g} V at the highest code, settles in {_si(spec.dac.settle_time)}",
        ),
        (
            "ADC",
            (
                f"{spec.adc.bits} bits, {_si(spec.adc.conversion_time)} a code, "
                f"{spec.adc.columns_per_adc} lines each; an LSB is 2^{spec.adc_shift} unit currents"
            ),
        ),
        ("clock", f"{spec.clock / 1e6:g} MHz, host link {spec.baud:,} bit/s"),
        ("hash", spec.hash),
    ]


def mapping_rows(mapping: Mapping) -> list[tuple[str, ...]]:
    """Return one row a placement: layer, tile, inputs, outputs, scale, clipped weights."""
    rows: list[tuple[str, ...]] = []
    for place in mapping.placements:
        layer = mapping.network.layers[place.layer]
        scale = layer.scale
        rows.append(
            (
                str(place.layer),
                str(place.tile),
                f"{place.inputs.start}-{place.inputs.stop - 1}",
                f"{place.outputs.start}-{place.outputs.stop - 1}",
                f"{layer.weight_lsb:.4g}",
                f"{scale.multiplier} / 2^{scale.shift}" if scale else "none",
                str(layer.clipped_weights),
            )
        )
    return rows


def origin_rows(prepared: PreparedTask, metrics: Metrics) -> Rows:
    """Return what is needed to make the run again."""
    packages = ("ohmloom", "amaranth", "cocotb", "numpy", "scipy", "scikit-learn")
    samples = prepared.task.packages
    return [
        ("task", prepared.task.name),
        ("seed", str(metrics.seed)),
        ("array engine", metrics.engine),
        ("simulator", metrics.sim),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in (*packages, *samples)),
    ]


def _si(seconds: float) -> str:
    for factor, unit in ((1e6, "µs"), (1e9, "ns")):
        if seconds * factor >= 1:
            return f"{seconds * factor:g} {unit}"
    return f"{seconds * 1e9:g} ns"
