"""Options of all commands that make or reach a virtual board."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ohmloom_analog.errors import ToolError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.features import Behind, Features, LinkName
from ohmloom_sim.commands.console import EngineName, SimName, waiting, work_folder
from ohmloom_sim.job import Job
from ohmloom_sim.simulators import Simulator, default_simulator, find_simulator
from ohmloom_sim.tasks import PreparedTask, TaskName, chosen_task, prepare, taken
from ohmloom_sim.virtual_board import VirtualBoard, empty_job, live_board

__all__ = [
    "AnalyserOption",
    "BehindName",
    "BehindOption",
    "BoardEngineOption",
    "BoardOptions",
    "FolderOption",
    "ImagesOption",
    "LanesOption",
    "LinkOption",
    "ModelOption",
    "TaskOption",
    "make_board",
    "prepared_task",
    "writable",
]


class BehindName(StrEnum):
    """What stands behind the array ports of a virtual board."""

    ARRAY = "array"
    TWIN = "twin"


BoardEngineOption = Annotated[
    EngineName, typer.Option("--engine", help="Array engine of a virtual board.")
]
BehindOption = Annotated[
    BehindName,
    typer.Option("--behind", help="What a virtual board has: an analog array, or the twin."),
]
LanesOption = Annotated[
    int,
    typer.Option("--lanes", min=1, max=64, help="Products a cycle of a virtual board's twin."),
]
LinkOption = Annotated[
    LinkName,
    typer.Option("--link", help="Serial link: checked frames, or LiteX's plain bridge."),
]
AnalyserOption = Annotated[
    int,
    typer.Option(
        "--analyser", metavar="N", help="Samples of a virtual board's logic analyser; 0 for none."
    ),
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="DIR",
        file_okay=False,
        help="Where a virtual board is built and kept, to live sooner the next time.",
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="FILE", help="Network, as `ohmloom run` takes it.  [default: digits]"
    ),
]


ImagesOption = Annotated[
    int | None,
    typer.Option(
        "--images", min=1, help="Samples to send.  [default: 100, or all if there are fewer]"
    ),
]
TaskOption = Annotated[
    TaskName | None,
    typer.Option("--task", help="Task with a network and samples of its own.  [default: digits]"),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardOptions:
    """How a virtual board is made."""

    spec: ChipSpec
    """Its chip."""
    engine: EngineName
    """Solves its arrays."""
    behind: BehindName
    """What it has behind the array ports."""
    lanes: int
    """Products a cycle of its twin."""
    analyser: int
    """Samples of its logic analyser."""
    link: LinkName
    """Its serial link."""
    converters: ConverterProfile | None
    """Converter chips between its array ports and its array; None for an array at the ports."""
    sim: SimName | None
    """Simulator of its Verilog."""
    seed: int
    """Of the network, and of the spread and noise of the arrays."""
    folder: Path | None = None
    """Where it is built and kept; None for a folder that is removed."""
    writes: bool = False
    """Whether the chip writes its cells, which are fresh then."""

    @property
    def features(self) -> Features:
        """What the chip is built with.

        Raises
        ------
        ValueError
            Where converters are named for a twin, or a number is out of range.
        """
        behind: Behind = "pins" if self.converters is None else "converters"
        if self.behind is BehindName.TWIN:
            if self.converters is not None:
                msg = (
                    "a virtual board must have an array behind its converters (--behind array), "
                    f"not {self.converters.name} with the twin"
                )
                raise ValueError(msg)
            behind = "twin"
        return Features(
            link=self.link,
            behind=behind,
            lanes=self.lanes,
            analyser_depth=self.analyser,
            converters=self.converters,
            writes=self.writes,
        )


def prepared_task(
    spec: ChipSpec,
    name: TaskName | None,
    model: Path | None,
    seed: int,
    images: int | None = 1,
) -> PreparedTask:
    """Return a network on the chip, that of a task or a file; no number of images for the usual."""
    with waiting("training and mapping"):
        task = chosen_task(name, model, seed)
        return prepare(spec, task, taken(task, images))


def writable(spec: ChipSpec) -> bool:
    """Return whether the description says of all tiles how they are written."""
    return all(group.write is not None for group in spec.tile)


@contextmanager
def make_board(
    options: BoardOptions, job: Job | None, *, port: int = 0, jumper: bool = False
) -> Iterator[VirtualBoard]:
    """Give a virtual board that lives.

    Parameters
    ----------
    job
        What its arrays hold; None for nothing, or for fresh cells where the chip writes them.
    port
        Of TCP; 0 for any that is free.
    jumper
        Whether a jumper stands in the place of its arrays.
    """
    simulator = find_simulator(options.sim.value) if options.sim else _fastest_simulator()
    kept = nullcontext(options.folder) if options.folder else work_folder()
    with kept as folder, ExitStack() as building:
        building.enter_context(waiting("building the virtual board"))
        with live_board(
            _blank_job(options) if job is None else job,
            options.features,
            simulator,
            folder=folder,
            port=port,
            jumper=jumper,
        ) as board:
            building.close()
            yield board


def _blank_job(options: BoardOptions) -> Job:
    job = empty_job(options.spec)
    if not options.writes:
        return job
    return replace(job, program="write-verify", engine=options.engine.value, seed=options.seed)


def _fastest_simulator() -> Simulator:
    """Return Verilator if it is there: a board lives long enough to make up for its build."""
    try:
        return find_simulator("verilator")
    except ToolError:
        return default_simulator()
