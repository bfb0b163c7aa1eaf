"""The option `--faults` of the main job."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.errors import SpecError
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.fault_figures import FaultFigures, fault_figures
from ohmloom_sim.injected import ChipFaults, FaultKind, fault_size, stuck_columns, word_flips
from ohmloom_sim.job import Answer, Job
from ohmloom_sim.repair_figures import draw_faults, levels_with_faults
from ohmloom_sim.tasks import PreparedTask

__all__ = ["FaultsOption", "Injection"]

_USUAL = {
    FaultKind.COLUMNS: 1.0,
    FaultKind.FLIPS: 0.5,
    FaultKind.SPIKES: 1e-3,
    FaultKind.CELLS: 0.05,
}

FaultsOption = Annotated[
    str | None,
    typer.Option(
        "--faults",
        metavar="KIND[:SIZE]",
        help="Put faults in: columns:N with a stuck line each, flips in a word of SHARE of the "
        "samples, spikes:P of the conversions, or cells:SHARE stuck.",
    ),
]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Injection:
    """Faults that are put into the main job."""

    kind: FaultKind | None
    """Of what kind; None for no faults."""
    size: float
    """How many, see `FaultKind`."""
    port: ChipFaults
    """At the array ports, and in the input buffer."""
    mapping: Mapping
    """The network as the cells hold it."""
    seed: int
    """Of all that is drawn."""

    @classmethod
    def draw(
        cls, spec: ChipSpec, prepared: PreparedTask, text: str | None, seed: int
    ) -> "Injection":
        """Draw where the faults are that KIND[:SIZE] asks for, none for None.

        Raises
        ------
        SpecError
            Where that can't be read.
        ValueError
            Where more columns are to be stuck than are in use.
        """
        mapping = prepared.mapping
        if text is None:
            return cls(kind=None, size=0.0, port=ChipFaults(), mapping=mapping, seed=seed)
        kind, size = _parsed(text)
        rng = np.random.default_rng((seed, 1))
        port = ChipFaults(seed=seed)
        if kind is FaultKind.COLUMNS:
            port = replace(port, lines=stuck_columns(spec, mapping, int(size), rng))
        elif kind is FaultKind.SPIKES:
            port = replace(port, spikes=size)
        elif kind is FaultKind.FLIPS:
            port = replace(port, flips=word_flips(spec, prepared.inputs, size, rng))
        else:
            stuck = [draw_faults(spec, size, rng) for _ in range(spec.tiles)]
            for cells in stuck:
                # The reference line stays whole: what it takes from a line can't be a level.
                cells[:, -1] = 0
            places = (PlaceMap.identity(spec),) * spec.tiles
            levels = levels_with_faults(spec, mapping.levels, places, stuck)
            mapping = replace(mapping, levels=levels)
        return cls(kind=kind, size=size, port=port, mapping=mapping, seed=seed)

    def into(self, job: Job) -> Job:
        """Return the job with the faults.

        Raises
        ------
        SpecError
            Where cells are stuck that are written, or were.
        """
        if self.kind is None:
            return job
        if self.kind is not FaultKind.CELLS:
            return replace(job, faults=self.port)
        if job.program != "ideal" or job.state is not None:
            msg = "--faults cells must be given with --program ideal, and without --state"
            raise SpecError(msg)
        return replace(job, levels=self.mapping.levels)

    def figures(
        self, spec: ChipSpec, prepared: PreparedTask, answer: Answer
    ) -> FaultFigures | None:
        """Take the figures of a run with the faults; None for none."""
        if self.kind is None:
            return None
        return fault_figures(
            spec,
            prepared,
            answer,
            kind=self.kind,
            size=self.size,
            port=self.port,
            mapping=self.mapping,
            seed=self.seed,
        )


def _parsed(text: str) -> tuple[FaultKind, float]:
    name, colon, size = text.partition(":")
    kinds = {kind.value: kind for kind in _USUAL}
    if name not in kinds:
        msg = f"--faults must be one of {', '.join(kinds)}, with :SIZE or without, not '{text}'"
        raise SpecError(msg)
    kind = kinds[name]
    if not colon:
        return kind, _USUAL[kind]
    try:
        return kind, fault_size(kind, size)
    except ValueError as error:
        raise SpecError(str(error)) from None
