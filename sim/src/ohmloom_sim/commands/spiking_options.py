"""What commands on spiking networks share: where the network and its events are from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.spiking_mapping import SpikingMapping, map_spiking
from ohmloom_sim.commands.console import number, show_table
from ohmloom_sim.commands.import_model import ResetName
from ohmloom_sim.files import read_array
from ohmloom_sim.spiking.chip_figures import ChipSpikes, read_events
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob

__all__ = [
    "DtOption",
    "EventsOption",
    "GraphArgument",
    "GraphRun",
    "RateOption",
    "ResetOption",
    "SpikesOption",
    "TicksOption",
    "show_spikes",
]

GraphArgument = Annotated[Path, typer.Argument(metavar="FILE.nir", help="A NIR graph.")]
DtOption = Annotated[
    float, typer.Option("--dt", help="Duration of a tick [s], which a NIR graph leaves open.")
]
EventsOption = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE.npy",
        help="0 and 1, (samples x) ticks x inputs.  [default: drawn by --rate]",
    ),
]
TicksOption = Annotated[int, typer.Option("--ticks", min=1, help="Ticks of events drawn.")]
RateOption = Annotated[
    float, typer.Option("--rate", min=0, max=1, help="Chance of an event drawn.")
]
SpikesOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE.npy", help="Spikes, samples x ticks x neurons."),
]
ResetOption = Annotated[
    ResetName, typer.Option("--reset", help="Whether a spike sets the membrane or subtracts.")
]


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphRun:
    """A graph and the events that it is run on, as a user gave them."""

    model: Path
    """The NIR graph."""
    dt: float
    """Duration of a tick [s]."""
    events: Path | None
    """File of events; None to draw them."""
    ticks: int
    """Ticks to draw."""
    rate: float
    """Chance of an event that is drawn."""
    reset: ResetName
    """What a spike does to a membrane."""

    def job(self, spec: ChipSpec, *, engine: str, seed: int) -> tuple[SpikingJob, SpikingMapping]:
        """Return what a chip is to do, and the network on it.

        Raises
        ------
        ValueError
            Where the network doesn't fit the chip, or the events don't fit the network.
        """
        state_bits = 16 if spec.spiking is None else spec.spiking.state_bits
        network = load_nir(
            self.model,
            dt=self.dt,
            bits=spec.weight_bits,
            state_bits=state_bits,
            reset=self.reset.value,
        ).network
        mapping = map_spiking(spec, network)
        given = (
            np.random.default_rng(seed).random((self.ticks, mapping.inputs)) < self.rate
            if self.events is None
            else read_array(self.events, "events")
        )
        events = read_events(given, mapping.inputs)
        job = SpikingJob(spec=spec, network=network, events=events, engine=engine, seed=seed)
        return job, mapping


def show_spikes(
    title: str, mapping: SpikingMapping, found: ChipSpikes, answer: SpikingAnswer, how: str
) -> None:
    """Print what a chip made of its events."""
    layers = [mapping.inputs, *(len(layer.neurons) for layer in mapping.network.layers)]
    show_table(
        title,
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
            ("run by", how),
        ],
    )
