"""`ohmloom energy`: what inferences on a chip take, from a run of it."""

from functools import partial
from json import loads as parse_json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ohmloom_analog.energy_adc import EnvelopeName
from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.spec import load_spec
from ohmloom_sim.commands.boards import ModelOption
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    SimName,
    SimOption,
    check_picture,
    output,
    progress,
    show_table,
    user_input,
    waiting,
    work_folder,
)
from ohmloom_sim.commands.outcome import hand_over
from ohmloom_sim.commands.published import figure_table
from ohmloom_sim.energy.model import EnergyReport, energy_report
from ohmloom_sim.energy.rows import component_rows, rival_rows, total_rows
from ohmloom_sim.job import Job
from ohmloom_sim.report.canvas import save_svg
from ohmloom_sim.report.energy import energy_figure
from ohmloom_sim.simulate import simulate
from ohmloom_sim.simulators import default_simulator
from ohmloom_sim.tasks import digits_task, model_task, prepare

__all__ = ["energy"]


def energy(
    *,
    chip: ChipOption = "default",
    model: ModelOption = None,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="DIR",
            help="Tell it of a run that is done, by the folder of its report; nothing is run then.",
            file_okay=False,
            exists=True,
        ),
    ] = None,
    images: Annotated[int, typer.Option("--images", min=1, help="Samples to send.")] = 20,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine.")
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    best: Annotated[
        bool,
        typer.Option("--best-adc", help="ADCs like the best of those published, not the median."),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.svg", help="Draw the components.", dir_okay=False),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Tell energy, latency and area of inferences by component, and what others would take.

    Samples go through the emitted Verilog and its arrays, which are made with their levels;
    energies are those of what went over the array ports and of what the chip counted. A chip in the
    technology of a published one, as the presets isaac, puma and neurram, has that one's parts; the
    published figures are told beside those that its own counts give.
    """
    check_picture(plot)
    if run is not None:
        report, origin = _of_folder(run), {"run": str(run)}
    else:
        report, origin = _measured(
            chip, model, images=images, engine=engine.value, sim=sim, seed=seed, best=best
        )
    hand_over(
        {**origin, **report.to_json()},
        json=json,
        plot=plot,
        draw=partial(save_svg, energy_figure(report)),
        show=partial(_show, origin.get("task", str(run)), report),
    )


def _of_folder(folder: Path) -> EnergyReport:
    file = folder / "energy.json"
    if not file.is_file():
        msg = f"--run must be the folder of a report with energy.json, not '{folder}'"
        raise OhmloomError(msg)
    with user_input():
        return EnergyReport.from_json(parse_json(file.read_text(encoding="utf-8")))


def _measured(
    chip: str,
    model: Path | None,
    *,
    images: int,
    engine: str,
    sim: SimName | None,
    seed: int,
    best: bool,
) -> tuple[EnergyReport, dict[str, Any]]:
    spec = load_spec(chip)
    if best and spec.technology != "lab":
        msg = f"--best-adc must be left out for a chip of technology '{spec.technology}'"
        raise OhmloomError(msg)
    simulator = sim.value if sim else default_simulator().name
    with user_input(), waiting("training and mapping"):
        task = digits_task(seed) if model is None else model_task(model, seed)
        prepared = prepare(spec, task, images)
    job = Job.of(spec, prepared.mapping, prepared.inputs, engine=engine, seed=seed)
    with work_folder() as folder, progress("simulating", images) as move:
        answer = simulate(job, sim=simulator, folder=folder, on_progress=move)
    envelope: EnvelopeName = "best" if best else "median"
    # With their stated conductances; an engine would only be asked for currents.
    arrays = job.analog_chip("nodal")
    report = energy_report(arrays, prepared.mapping, answer, envelope=envelope)
    return report, {"task": task.name, "seed": seed, "envelope": envelope}


def _show(task: str, report: EnergyReport) -> None:
    """Print what inferences take."""
    show_table(f"{task} on {report.chip}", total_rows(report))
    parts = Table(title="By component", title_justify="left", title_style="bold")
    for name in ("component", "an inference", "an MVM", "share"):
        parts.add_column(name, justify="left" if name == "component" else "right", no_wrap=True)
    parts.add_column("taken from")
    for row in component_rows(report):
        parts.add_row(*row)
    output().print(parts)
    if report.published:
        title = "Published figures of its technology at full use, and those by this chip's counts"
        output().print(figure_table(report.published, title))
    others = Table(
        title="The same network on a conventional datapath: 8-bit MACs, 45 nm",
        title_justify="left",
        title_style="bold",
    )
    others.add_column("assumed: bytes, memory, reuse")
    for name in ("energy", "of it memory", "over the chip's"):
        others.add_column(name, justify="right")
    for rival in rival_rows(report):
        others.add_row(*rival)
    output().print(others)
