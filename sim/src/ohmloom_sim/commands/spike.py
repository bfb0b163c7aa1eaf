"""`ohmloom spike`: what sensors tell, as spikes."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    output,
    progress,
    show_table,
    user_input,
    waiting,
    work_folder,
)
from ohmloom_sim.files import write_json
from ohmloom_sim.spiking.chip_runner import chip_runner
from ohmloom_sim.spiking.delta_task import DELTA_RECIPES, delta_task
from ohmloom_sim.spiking.rate_task import rate_task
from ohmloom_sim.spiking.series import SERIES
from ohmloom_sim.spiking.size import tiles_of
from ohmloom_sim.spiking.task import SpikingFigures, SpikingTask, measure

__all__ = ["spike"]


class SensoryTask(StrEnum):
    """What is to be known."""

    DIGITS = "digits"
    JAPANESE_VOWELS = "japanese-vowels"
    BASIC_MOTIONS = "basic-motions"
    PICKUP_GESTURE = "pickup-gesture"


class RunnerName(StrEnum):
    """What runs the network beside its integer reference."""

    REFERENCE = "reference"
    VERILOG = "verilog"


class CodingName(StrEnum):
    """How signals become events."""

    RATE = "rate"
    DELTA = "delta"


def spike(
    *,
    task: Annotated[SensoryTask, typer.Argument(help="What is to be known.")],
    coding: Annotated[
        CodingName, typer.Option("--coding", help="How signals become events.")
    ] = CodingName.DELTA,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples", min=1, help="Samples to classify.  [default: all that are there]"
        ),
    ] = None,
    chip: ChipOption = "spiking",
    on: Annotated[
        RunnerName, typer.Option("--on", help="Nothing beside the reference, or the Verilog.")
    ] = RunnerName.REFERENCE,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine behind the Verilog.")
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Train a spiking network on a sensor's signals, and classify others on its integer reference.

    The chip gives the bits of a weight, and --on verilog runs its emitted Verilog too. Vision is
    scikit-learn's digits; sound, motion and touch need the extra 'senses'.
    """
    with user_input():
        spec = load_spec(chip)
        prepared = _prepared(task, coding, spec, seed)
        if samples is not None:
            prepared = prepared.first(samples)
    if on is RunnerName.REFERENCE:
        figures = measure(prepared)
    else:
        with work_folder() as folder, progress("samples", len(prepared.events)) as move:
            runner = chip_runner(
                spec, engine=engine.value, sim=sim, seed=seed, folder=folder, on_progress=move
            )
            figures = measure(prepared, runner)
    if json is not None:
        write_json(
            json,
            {"task": prepared.name, "coding": prepared.coding, "seed": seed, "chip": spec.name}
            | figures.to_json(),
        )
    _show_accuracy(prepared, figures, seed)
    _show_cost(prepared, figures)
    _show_size(prepared, spec)


def _prepared(task: SensoryTask, coding: CodingName, spec: ChipSpec, seed: int) -> SpikingTask:
    if coding is CodingName.RATE:
        with waiting("training"):
            return rate_task(task.value, seed, bits=spec.weight_bits)
    with progress("training", DELTA_RECIPES[task.value].training.epochs) as move:
        return delta_task(task.value, seed, bits=spec.weight_bits, on_epoch=move)


def _show_accuracy(task: SpikingTask, figures: SpikingFigures, seed: int) -> None:
    rows = [
        ("dense network, float", f"{100 * figures.dense_accuracy:.1f} %"),
        ("spiking network, float", f"{100 * figures.float_accuracy:.1f} %"),
        ("spiking network, integers", f"{100 * figures.integer_accuracy:.1f} %"),
    ]
    if figures.chip_accuracy is not None:
        rows += [
            ("spiking network, chip", f"{100 * figures.chip_accuracy:.1f} %"),
            ("samples of another class on the chip", str(figures.disagreeing)),
            ("samples of other spikes or membranes", str(figures.differing)),
        ]
    title = f"{SERIES[task.name]}, {task.coding} coding, {figures.samples} samples, seed {seed}"
    show_table(title, rows)


def _show_cost(task: SpikingTask, figures: SpikingFigures) -> None:
    table = Table(title="In the mean of samples", title_justify="left", title_style="bold")
    for name in ("layer", "weights", "spikes in", "ticks", "products", "products saved"):
        table.add_column(name, justify="right")
    for place, layer in enumerate(task.network.layers):
        kind = layer.neurons[0].kind.upper()
        products = float(figures.products[place])
        table.add_row(
            f"{place + 1} ({kind})",
            f"{len(layer.weights)} x {len(layer.neurons)}",
            f"{figures.events[place]:.1f}",
            f"{figures.ticks:.1f}",
            f"{products:.1f}",
            f"{100 * (1 - products / figures.ticks):.0f} %",
        )
    output().print(table)


def _show_size(task: SpikingTask, spec: ChipSpec) -> None:
    size = f"{spec.data_rows} x {spec.data_columns}"
    rows = [
        ("bits of a weight", str(task.weight_bits)),
        (f"tiles of {size}", f"{tiles_of(task.network, spec)}, of which {spec.tiles} are there"),
    ]
    if task.coding == "delta":
        rows.append(("channels and ticks with an event late", f"{task.late.mean():.1f}"))
    show_table(f"On a chip as '{spec.name}'", rows)
