"""`ohmloom nir` and `ohmloom host nir`: a spiking network on a chip, simulated or at a port."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.spec import load_spec
from ohmloom_analog.spiking_mapping import SpikingMapping
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    output,
    progress,
    user_input,
    work_folder,
)
from ohmloom_sim.commands.host_session import HostOptions, chip_session
from ohmloom_sim.commands.import_model import ResetName
from ohmloom_sim.commands.spiking_options import (
    DtOption,
    EventsOption,
    GraphArgument,
    GraphRun,
    RateOption,
    ResetOption,
    SpikesOption,
    TicksOption,
    show_spikes,
)
from ohmloom_sim.files import write_array, write_json
from ohmloom_sim.host.session import settle
from ohmloom_sim.job import Job
from ohmloom_sim.simulators import default_simulator
from ohmloom_sim.spiking.chip_figures import compare_chip
from ohmloom_sim.spiking.chip_host import run_spiking
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob
from ohmloom_sim.spiking.chip_run import simulate_spiking

__all__ = ["host_nir", "nir"]


def nir(
    model: GraphArgument,
    *,
    dt: DtOption,
    events: EventsOption = None,
    ticks: TicksOption = 100,
    rate: RateOption = 0.2,
    out: SpikesOption = None,
    reset: ResetOption = ResetName.TO_RESET,
    chip: ChipOption = "spiking",
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine.")
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Run a spiking network tick by tick on emitted Verilog, beside the integers that it holds."""
    graph = GraphRun(model=model, dt=dt, events=events, ticks=ticks, rate=rate, reset=reset)
    with user_input():
        job, mapping = graph.job(load_spec(chip), engine=engine.value, seed=seed)
    simulator = sim.value if sim else default_simulator().name
    with work_folder() as folder, progress("simulating", len(job.events)) as advance:
        answer = simulate_spiking(job, sim=simulator, folder=folder, on_progress=advance)
    how = f"{engine.value}, {simulator}, seed {seed}"
    _tell(f"{model.name} on a chip", job, mapping, answer, how=how, out=out, json=json)


def host_nir(
    context: typer.Context,
    model: GraphArgument,
    *,
    dt: DtOption,
    events: EventsOption = None,
    ticks: TicksOption = 100,
    rate: RateOption = 0.2,
    out: SpikesOption = None,
    reset: ResetOption = ResetName.TO_RESET,
    json: JsonOption = None,
) -> None:
    """Run a spiking network tick by tick; cells of a twin are loaded, an array must hold them."""
    options: HostOptions = context.obj
    graph = GraphRun(model=model, dt=dt, events=events, ticks=ticks, rate=rate, reset=reset)
    with user_input():
        board = options.board
        job, mapping = graph.job(options.spec, engine=board.engine.value, seed=board.seed)
        held = Job(
            spec=options.spec,
            table=mapping.table,
            levels=mapping.levels,
            inputs=np.zeros((1, mapping.inputs), np.int64),
        )
    with chip_session(options, held) as session, progress("running", len(job.events)) as advance:
        answer = settle(run_spiking(session.driver, mapping, job.events, on_progress=advance))
    _tell(model.name, job, mapping, answer, how=session.name, out=out, json=json)


def _tell(
    title: str,
    job: SpikingJob,
    mapping: SpikingMapping,
    answer: SpikingAnswer,
    *,
    how: str,
    out: Path | None,
    json: Path | None,
) -> None:
    found = compare_chip(job, answer, steps=len(mapping.table.steps))
    if out is not None:
        write_array(out, np.array(answer.spikes, dtype=np.uint8))
    if json is not None:
        figures = {"run_by": how, "seed": job.seed, "hash": job.spec.hash}
        write_json(json, found.to_json() | {"clipped": answer.clipped} | figures)
    show_spikes(title, mapping, found, answer, how)
    if out is not None:
        output().print(f"spikes are in {out}", markup=False)
