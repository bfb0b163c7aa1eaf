"""`ohmloom run`: the main job."""

from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import SpecError, StateError, ToolError
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.state import load_state
from ohmloom_analog.state import save_state as write_state
from ohmloom_sim.array_figures import array_figures
from ohmloom_sim.column_checks import job_checks
from ohmloom_sim.commands.boards import ImagesOption, TaskOption, writable
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    number,
    output,
    progress_of,
    seconds,
    show_table,
    user_input,
    waiting,
    work_folder,
)
from ohmloom_sim.commands.run_calibration import CalibrateOption, with_calibration
from ohmloom_sim.commands.run_faults import FaultsOption, Injection
from ohmloom_sim.commands.run_waves import (
    WavesOption,
    WavesSamplesOption,
    WavesWritingOption,
    handed_over,
    waves_plan,
)
from ohmloom_sim.energy.model import energy_report
from ohmloom_sim.energy.rows import total_rows
from ohmloom_sim.files import write_json, writing
from ohmloom_sim.host.targets import targets_in_use
from ohmloom_sim.ideal_error import ideal_mvm_error
from ohmloom_sim.job import Answer, Job
from ohmloom_sim.metrics import Metrics, measure
from ohmloom_sim.repair_figures import RepairFigures, repair_figures, with_spares
from ohmloom_sim.report import write_report
from ohmloom_sim.report.calibration import calibration_rows, row_scale_rows
from ohmloom_sim.report.defence import counted_rows, defence_rows
from ohmloom_sim.report.tables import array_rows, ideal_rows, program_rows, repair_rows
from ohmloom_sim.simulate import simulate
from ohmloom_sim.simulators import default_simulator, find_simulator
from ohmloom_sim.tasks import PreparedTask, Task, chosen_task, prepare, taken
from ohmloom_sim.written_cells import program_figures

__all__ = ["ProgramName", "run"]

# Verilator takes half a minute to build, and then a tenth of Icarus's time.
_MANY_CELLS = 200

_SPARES, _DRAWS = 2, 10


class ProgramName(StrEnum):
    """How cells get their levels."""

    IDEAL = "ideal"
    WRITE_VERIFY = "write-verify"


def run(
    *,
    images: ImagesOption = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine.")
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    chip: ChipOption = "default",
    task: TaskOption = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="FILE",
            help="Network, .npz: weights_0, bias_0, ...; its samples x and labels y, else the "
            "digits with pixels from 0 to 1. Or .onnx, for the digits.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="DIR",
            help="Write a report, figures and recording.",
            file_okay=False,
        ),
    ] = None,
    age: Annotated[
        float | None,
        typer.Option(
            "--age",
            metavar="TIME",
            parser=seconds,
            help="Age of the arrays since programming: seconds, or a number with s, h, d or y.",
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", metavar="K", help="Temperature of the arrays.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="NAME", help="Make one thing of the chip ideal."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE.npz", help="Arrays as they were saved."),
    ] = None,
    save_state: Annotated[
        Path | None,
        typer.Option("--save-state", metavar="FILE.npz", help="Save the arrays.", dir_okay=False),
    ] = None,
    program: Annotated[
        ProgramName | None,
        typer.Option(
            "--program",
            help="How cells get their levels: written by the chip, or as they are made.  "
            "[default: write-verify on a chip that says how, ideal on others and with --state]",
        ),
    ] = None,
    stuck: Annotated[
        float | None,
        typer.Option(
            "--stuck",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Tell what this share of stuck cells would cost, and what repair gives back, on a "
            "chip with two spare columns and rows.",
        ),
    ] = None,
    faults: FaultsOption = None,
    calibrate: CalibrateOption = None,
    waves: WavesOption = None,
    waves_samples: WavesSamplesOption = None,
    waves_writing: WavesWritingOption = None,
    json: JsonOption = None,
) -> None:
    """Send samples through a trained network on a chip: emitted Verilog, simulated, and an array.

    Without --model a network is trained for the task, and classifies samples that it hasn't seen:
    digits (scikit-learn, an MLP 64-32-10), japanese-vowels (who speaks?), basic-motions (what is
    the wearer of a watch doing?) or pickup-gesture (who picks it up?).
    """
    spec = load_spec(chip)
    for name in without or ():
        spec = spec.without(name)
    chosen = _chosen(program, spec, state)
    plan = waves_plan(
        waves, waves_samples, waves_writing, writes=chosen is ProgramName.WRITE_VERIFY
    )
    simulator = sim.value if sim else default_simulator().name
    with user_input(), waiting("training and mapping"):
        samples = chosen_task(task, model, seed)
        prepared = prepare(spec, samples, taken(samples, images))
    job = Job.of(
        spec,
        prepared.mapping,
        prepared.inputs,
        engine=engine.value,
        seed=seed,
        age=age,
        temperature=temperature,
        state=None if state is None else load_state(state, spec),
        program=chosen.value,
        checks=job_checks(spec, prepared.mapping),
        waves=plan,
    )
    with user_input():
        injection = Injection.draw(spec, prepared, faults, seed)
        job = with_calibration(injection.into(job), spec, prepared, calibrate, faults=faults)
        # The arrays are made again in the simulator's process; here they refuse, and are looked at.
        arrays = replace(job, program="ideal").analog_chip("nodal")
    if job.state is not None:
        _check_levels(arrays, prepared.mapping)
    if save_state is not None:
        # Better refused now than when everything has been simulated.
        with writing(save_state):
            save_state.parent.mkdir(parents=True, exist_ok=True)
    cells = 0 if job.program == "ideal" else _cells_to_write(job)
    if sim is None and cells >= _MANY_CELLS:
        # It makes up for its build.
        with suppress(ToolError):
            simulator = find_simulator("verilator").name
    with work_folder() as folder:
        with handed_over(folder, waves):
            answer = _simulated(job, simulator, folder, cells)
        ideal, figures = None, None
        if answer.written is not None:
            begun = arrays.cells[0].state
            with waiting("comparing with cells at their levels"):
                ideal = ideal_mvm_error(
                    spec,
                    prepared.mapping,
                    answer,
                    seed=seed,
                    age=begun.age,
                    temperature=begun.temperature,
                )
            arrays = AnalogChip.from_state(spec, answer.written.state, engine="nodal")
            figures = program_figures(
                spec,
                answer.written.cells,
                energy=answer.written.energy,
                cycles=answer.written.cycles,
                seconds=answer.written.seconds,
            )
        if save_state is not None:
            write_state(arrays.state(), save_state)
        metrics = measure(
            spec,
            prepared.mapping,
            answer,
            prepared.integer,
            labels=prepared.task.labels,
            float_predictions=prepared.float_predictions,
            seed=seed,
            engine=engine.value,
            sim=simulator,
            array=array_figures(arrays, answer, wires=engine is not EngineName.IDEAL),
            program=figures,
            repair=None if stuck is None else _repair(spec, prepared.task, stuck, seed),
            mvm_error_ideal=ideal,
            faults=injection.figures(spec, prepared, answer),
        )
        spent = energy_report(arrays, prepared.mapping, answer)
        page = None
        if report is not None:
            with waiting("writing the report"):
                page = write_report(
                    report,
                    spec,
                    prepared,
                    answer,
                    metrics,
                    chip=arrays,
                    state=arrays.state() if job.state or answer.written else None,
                    energy=spent,
                )
    if json is not None:
        write_json(json, metrics.to_json())
    _show_all(spec, prepared, metrics, page, total_rows(spent))


def _show_all(
    spec: ChipSpec,
    prepared: PreparedTask,
    metrics: Metrics,
    page: Path | None,
    energy: list[tuple[str, str]],
) -> None:
    _show_chip(spec, prepared)
    _show_mapping(prepared.mapping)
    _show_metrics(metrics)
    if metrics.program is not None:
        show_table("Writing", program_rows(metrics.program))
    if metrics.repair is not None:
        show_table("Stuck cells and repair, by the integer model", repair_rows(metrics.repair))
    if metrics.calibration is not None:
        show_table("Calibration", calibration_rows(metrics.calibration))
    if counted := counted_rows(metrics):
        show_table("Defence, as the chip counted", counted)
    if metrics.faults is not None:
        show_table("Faults and defence", defence_rows(metrics.faults))
    show_table("Array", [*array_rows(metrics), *row_scale_rows(spec, prepared.mapping)])
    show_table("Energy, latency and area", energy)
    if page is not None:
        output().print(f"report is in {page}", markup=False)


def _chosen(program: ProgramName | None, spec: ChipSpec, state: Path | None) -> ProgramName:
    if program is None:
        written = state is None and writable(spec)
        return ProgramName.WRITE_VERIFY if written else ProgramName.IDEAL
    if program is ProgramName.WRITE_VERIFY:
        if state is not None:
            msg = "--program must be ideal with --state, whose arrays are written already"
            raise SpecError(msg)
        if not writable(spec):
            msg = f"chip '{spec.name}' must have a section tile.write for --program write-verify"
            raise SpecError(msg)
    return program


def _repair(spec: ChipSpec, task: Task, stuck: float, seed: int) -> RepairFigures:
    with user_input(), waiting("repairing"):
        spared = with_spares(spec, columns=_SPARES, rows=_SPARES)
        prepared = prepare(spared, task, len(task.inputs))
        return repair_figures(spared, prepared, stuck=stuck, draws=_DRAWS, seed=seed)


def _cells_to_write(job: Job) -> int:
    wanted = targets_in_use(job.spec, job.table, job.levels).with_reference()
    return int((wanted >= 0).sum())


def _simulated(job: Job, simulator: str, folder: Path, cells: int) -> Answer:
    stages = {"simulating": len(job.inputs)}
    if cells:
        stages = {"writing cells": cells, **stages}
    with progress_of(stages) as move:
        return simulate(
            job,
            sim=simulator,
            folder=folder,
            on_progress=move["simulating"],
            on_writing=move.get("writing cells"),
        )


def _check_levels(arrays: AnalogChip, mapping: Mapping) -> None:
    for index, (held, wanted) in enumerate(zip(arrays.cells, mapping.levels, strict=True)):
        differing = int((held.state.levels[:, :-1] != wanted).sum())
        if differing:
            msg = (
                f"state must hold the levels of this network in tile {index}, "
                f"not others in {differing} cells"
            )
            raise StateError(msg)


def _show_chip(spec: ChipSpec, prepared: PreparedTask) -> None:
    show_table(
        prepared.task.name,
        [
            ("chip", f"{spec.name}, hash {spec.hash[:16]}"),
            ("tiles", f"{spec.tiles} of {spec.rows} x {spec.columns}, {spec.encoding}"),
            ("weights", f"{spec.weight_bits} bits in cells of {spec.cell_bits}"),
            ("inputs", f"{spec.input.bits} bits, {spec.input.slice_bits} at a time"),
            ("ADC", f"{spec.adc.bits} bits, {spec.adc.columns_per_adc} lines each"),
            ("clipped inputs", number(prepared.clipped_inputs)),
        ],
    )


def _show_mapping(mapping: Mapping) -> None:
    table = Table(title="Mapping", title_justify="left", title_style="bold")
    for name in ("layer", "tile", "inputs", "outputs", "weight LSB", "clipped weights"):
        table.add_column(name, justify="right")
    for place in mapping.placements:
        layer = mapping.network.layers[place.layer]
        table.add_row(
            str(place.layer),
            str(place.tile),
            f"{place.inputs.start}-{place.inputs.stop - 1}",
            f"{place.outputs.start}-{place.outputs.stop - 1}",
            number(layer.weight_lsb),
            number(layer.clipped_weights),
        )
    output().print(table)


def _show_metrics(metrics: Metrics) -> None:
    accuracy, mvm, code = metrics.accuracy, metrics.mvm_error_lsb, metrics.code_error_lsb
    show_table(
        "Result",
        [
            ("samples", number(metrics.images)),
            ("seed", str(metrics.seed)),
            ("engine, simulator", f"{metrics.engine}, {metrics.sim}"),
            ("accuracy of the float network", f"{100 * accuracy.float_network:.2f} %"),
            ("accuracy of the integer model", f"{100 * accuracy.integer_model:.2f} %"),
            ("accuracy of the chip", f"{100 * accuracy.chip:.2f} %"),
            ("MVM error, rms", number(mvm.rms, "LSB")),
            ("MVM error, max", number(mvm.max, "LSB")),
            *ideal_rows(metrics),
            ("code error, rms", number(code.rms, "LSB")),
            ("code error, max", number(code.max, "LSB")),
            (
                "clipped conversions",
                f"{number(metrics.clipped_conversions)} of {number(metrics.conversions)}",
            ),
            ("clock cycles per inference", f"{metrics.cycles_per_inference:,.1f}"),
            ("ADC busy", f"{100 * metrics.adc_busy:.1f} %"),
            ("simulated MVMs per second", number(metrics.mvm_per_second)),
            ("simulated in", number(metrics.simulated_seconds, "s")),
        ],
    )
