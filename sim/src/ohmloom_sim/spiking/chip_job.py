"""A spiking network and its samples for a chip, and what the chip gave, as files in a folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.spec import ChipSpec, load_spec, write_spec

__all__ = ["SpikingAnswer", "SpikingJob", "read_samples_done", "report_samples_done"]

_SPEC, _PLAN, _EVENTS, _ANSWER = "chip.toml", "spiking.json", "events.npz", "spiking-answer.npz"
_PROGRESS = "progress"

IntArray = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SpikingJob:
    """What a chip is to do.

    Raises
    ------
    ValueError
        Where there is no sample, or one of the wrong shape.
    """

    spec: ChipSpec
    """The chip."""
    network: SpikingNetwork
    """What it runs."""
    events: tuple[Flags, ...]
    """Input spikes, one array of ticks x inputs a sample; the network rests before each."""
    engine: str = "nodal"
    """What solves the arrays."""
    seed: int = 0
    """Of their cells and noise."""

    def __post_init__(self) -> None:
        """Check the samples."""
        if not self.events:
            msg = "samples must be at least 1, not 0"
            raise ValueError(msg)
        inputs = len(self.network.layers[0].weights)
        for place, sample in enumerate(self.events):
            if sample.ndim != 2 or sample.shape[1] != inputs or len(sample) == 0:
                msg = f"sample {place} must be of ticks x {inputs} inputs, not {sample.shape}"
                raise ValueError(msg)

    def save(self, folder: Path) -> None:
        """Write the job."""
        write_spec(self.spec, folder / _SPEC)
        layers = [asdict(layer) for layer in self.network.layers]
        plan = {"layers": layers, "engine": self.engine, "seed": self.seed}
        (folder / _PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (folder / _ANSWER).unlink(missing_ok=True)
        names = {f"sample_{place}": sample for place, sample in enumerate(self.events)}
        np.savez(folder / _EVENTS, allow_pickle=False, **names)

    @classmethod
    def load(cls, folder: Path) -> "SpikingJob":
        """Read what `save` wrote."""
        plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        with np.load(folder / _EVENTS, allow_pickle=False) as file:
            events = tuple(file[f"sample_{place}"] for place in range(len(file.files)))
        return cls(
            spec=load_spec(folder / _SPEC),
            network=SpikingNetwork(layers=tuple(_layer(part) for part in plan["layers"])),
            events=events,
            engine=plan["engine"],
            seed=plan["seed"],
        )


def _layer(part: dict[str, Any]) -> SpikingLayer:
    recurrent = part["recurrent"]
    return SpikingLayer(
        weights=tuple(map(tuple, part["weights"])),
        neurons=tuple(Neuron(**values) for values in part["neurons"]),
        recurrent=None if recurrent is None else tuple(map(tuple, recurrent)),
    )


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SpikingAnswer:
    """What a chip gave, and what it took."""

    spikes: tuple[Flags, ...]
    """Spikes of the last layer, one array of ticks x neurons a sample."""
    membranes: IntArray
    """Membranes of the last layer after each sample, samples x neurons."""
    ticks: int
    """Ticks that the chip counted."""
    spikes_in: int
    """Input spikes that it counted."""
    spikes_out: int
    """Spikes of all neurons that it counted."""
    steps_skipped: int
    """Steps that it didn't read, as no input spiked."""
    lost: int
    """Events that it lost or refused."""
    conversions: int
    """Conversions that it counted."""
    clipped: int
    """Conversions out of range."""
    seconds: float
    """Time that the samples took to simulate [s]."""

    def save(self, folder: Path) -> None:
        """Write the answer, beside and then in place."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {f"spikes_{n}": sample for n, sample in enumerate(values.pop("spikes"))}
        beside = folder / (_ANSWER + ".part")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **values)
        beside.replace(folder / _ANSWER)

    @classmethod
    def load(cls, folder: Path) -> "SpikingAnswer":
        """Read what `save` wrote."""
        with np.load(folder / _ANSWER, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        membranes, seconds = found.pop("membranes"), float(found.pop("seconds"))
        counts = {n: int(found.pop(n)) for n in cls.__dataclass_fields__ if n in found}
        spikes = tuple(found[f"spikes_{place}"] for place in range(len(found)))
        return cls(spikes=spikes, membranes=membranes, seconds=seconds, **counts)


def report_samples_done(folder: Path, done: int) -> None:
    """Note how many samples are through."""
    (folder / _PROGRESS).write_text(str(done), encoding="utf-8")


def read_samples_done(folder: Path) -> int:
    """Return how many samples are through."""
    try:
        return int((folder / _PROGRESS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        # It isn't there yet, or is just being written.
        return 0
