"""`ohmloom nir`: a spiking network on the emitted Verilog of a chip."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spec import load_spec
from ohmloom_analog.spiking_mapping import SpikingMapping, map_spiking
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    number,
    output,
    progress,
    show_table,
    user_input,
    work_folder,
)
from ohmloom_sim.commands.import_model import ResetName
from ohmloom_sim.files import read_array, write_array, write_json
from ohmloom_sim.simulators import default_simulator
from ohmloom_sim.spiking.chip_figures import ChipSpikes, compare_chip, read_events
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob
from ohmloom_sim.spiking.chip_run import simulate_spiking

__all__ = ["nir"]


def nir(
    model: Annotated[Path, typer.Argument(metavar="FILE.nir", help="A NIR graph.")],
    *,
    dt: Annotated[
        float, typer.Option("--dt", help="Duration of a tick [s], which a NIR graph leaves open.")
    ],
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            metavar="FILE.npy",
            help="0 and 1, (samples x) ticks x inputs.  [default: drawn by --rate]",
        ),
    ] = None,
    ticks: Annotated[int, typer.Option("--ticks", min=1, help="Ticks of events drawn.")] = 100,
    rate: Annotated[
        float, typer.Option("--rate", min=0, max=1, help="Chance of an event drawn.")
    ] = 0.2,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.npy", help="Spikes, samples x ticks x neurons."),
    ] = None,
    reset: Annotated[
        ResetName, typer.Option("--reset", help="Whether a spike sets the membrane or subtracts.")
    ] = ResetName.TO_RESET,
    chip: ChipOption = "spiking",
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine.")
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Run a spiking network tick by tick on a chip, beside the integers that it holds."""
    with user_input():
        spec = load_spec(chip)
        state_bits = 16 if spec.spiking is None else spec.spiking.state_bits
        network = load_nir(
            model, dt=dt, bits=spec.weight_bits, state_bits=state_bits, reset=reset.value
        ).network
        mapping = map_spiking(spec, network)
        rng = np.random.default_rng(seed)
        given = (
            rng.random((ticks, mapping.inputs)) < rate
            if events is None
            else read_array(events, "events")
        )
        samples = read_events(given, mapping.inputs)
        job = SpikingJob(spec=spec, network=network, events=samples, engine=engine.value, seed=seed)
    simulator = sim.value if sim else default_simulator().name
    with work_folder() as folder, progress("simulating", len(samples)) as advance:
        answer = simulate_spiking(job, sim=simulator, folder=folder, on_progress=advance)
    found = compare_chip(job, answer, steps=len(mapping.table.steps))
    if out is not None:
        write_array(out, np.array(answer.spikes, dtype=np.uint8))
    if json is not None:
        figures = {"engine": engine.value, "sim": simulator, "seed": seed, "hash": spec.hash}
        write_json(json, found.to_json() | {"clipped": answer.clipped} | figures)
    _show(model.name, mapping, found, answer, run=f"{engine.value}, {simulator}, seed {seed}")
    if out is not None:
        output().print(f"spikes are in {out}", markup=False)


def _show(
    name: str, mapping: SpikingMapping, found: ChipSpikes, answer: SpikingAnswer, *, run: str
) -> None:
    layers = [mapping.inputs, *(len(layer.neurons) for layer in mapping.network.layers)]
    show_table(
        f"{name} on a chip",
        [
            ("lines and neurons", "-".join(map(str, layers))),
            ("samples, ticks", f"{number(found.samples)}, {number(found.ticks)}"),
            ("spikes in", number(answer.spikes_in)),
            ("spikes of the last layer, chip", number(found.given)),
            ("spikes of the last layer, integers", number(found.expected)),
            ("ticks in which these differ", number(found.differing)),
            ("tiles skipped for want of spikes", f"{found.skipped:,} of {found.steps:,}"),
            ("conversions, clipped", f"{answer.conversions:,}, {answer.clipped:,}"),
            ("events lost", number(answer.lost)),
            ("engine, simulator, seed", run),
        ],
    )
