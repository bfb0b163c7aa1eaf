"""What injected faults did to a run: what was found of them, and accuracy by layers of defence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ohmloom_analog.mapping import Mapping as NetworkMapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.campaign import check_tables
from ohmloom_sim.defended_run import CheckCounts, Layers, run_defended
from ohmloom_sim.fault_models import ModelReads
from ohmloom_sim.faulty_memory import told_counts
from ohmloom_sim.injected import ChipFaults, FaultKind, flipped_inputs
from ohmloom_sim.job import Answer
from ohmloom_sim.tasks import PreparedTask

__all__ = ["FaultFigures", "fault_figures"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultFigures:
    """The figures."""

    kind: FaultKind
    """What was injected."""
    size: float
    """Its size, see `FaultKind`."""
    disturbed: int
    """Codes at the array ports that were changed, in the co-simulation."""
    chip: float
    """Share of the samples that the co-simulated chip got right."""
    accuracy: Mapping[str, float]
    """The same by the functional model with the same kind of faults, by the layers of defence."""
    counts: CheckCounts
    """What its checks found with all layers."""
    chip_counts: Mapping[str, int] = field(default_factory=dict)
    """What the chip counted, by what it is."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {
            "kind": self.kind.value,
            "size": self.size,
            "disturbed_codes": self.disturbed,
            "accuracy": {"chip": self.chip, **self.accuracy},
            "counts": self.counts.to_json(),
            "chip_counts": dict(self.chip_counts),
        }


def fault_figures(
    spec: ChipSpec,
    prepared: PreparedTask,
    answer: Answer,
    *,
    kind: FaultKind,
    size: float,
    port: ChipFaults,
    mapping: NetworkMapping,
    seed: int,
) -> FaultFigures:
    """Take the figures of a run with faults.

    Parameters
    ----------
    port
        Faults at the ports and in the input buffer.
    mapping
        The network on the chip, with stuck cells as they are.
    seed
        Of noise and of what is drawn anew: spikes.
    """
    labels = prepared.task.labels
    runs = {}
    for name, layers in layer_sets(Layers.of(spec)).items():
        rng = np.random.default_rng((seed, 2))
        inputs = prepared.inputs
        if not layers.secded:
            inputs = flipped_inputs(spec, inputs, port.flips)
        runs[name] = run_defended(
            spec,
            mapping,
            inputs,
            reads=ModelReads(spec=spec, mapping=mapping, rng=rng, faults=port),
            layers=layers,
            tables=check_tables(spec, prepared.mapping, layers),
        )
    return FaultFigures(
        kind=kind,
        size=size,
        disturbed=answer.disturbed,
        chip=float((answer.winners == labels).mean()),
        accuracy={name: run.accuracy(labels) for name, run in runs.items()},
        counts=list(runs.values())[-1].counts,
        chip_counts=told_counts(spec, answer.ecc_counts),
    )


def layer_sets(layers: Layers) -> dict[str, Layers]:
    """Return no layer, all but one of those that there are, and all, by name."""
    bare: dict[str, dict[str, Any]] = {
        "average": {"average": 1},
        "vote": {"vote": 1},
        "residue": {"residue": 0, "rereads": 0},
        "checksums": {"checksums": False, "rereads": 0},
        "rereads": {"rereads": 0},
        "secded": {"secded": False},
        "reissue": {"reissue": False},
    }
    sets = {"no layer": Layers()}
    there = {name: change for name, change in bare.items() if getattr(layers, name) != change[name]}
    if not there:
        return sets
    if len(there) > 1:
        sets |= {f"all but {name}": replace(layers, **change) for name, change in there.items()}
    return {**sets, "all layers": layers}
