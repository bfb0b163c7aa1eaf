"""`ohmloom sim`: virtual boards."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer

from ohmloom_analog.spec import load_spec
from ohmloom_sim.commands.boards import (
    AnalyserOption,
    BehindName,
    BehindOption,
    BoardEngineOption,
    BoardOptions,
    FolderOption,
    LanesOption,
    LinkOption,
    ModelOption,
    TaskOption,
    make_board,
    prepared_task,
    writable,
)
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    SeedOption,
    SimOption,
    output,
    user_input,
)
from ohmloom_sim.commands.converters import ConvertersOption, chosen_converters
from ohmloom_sim.job import Job

__all__ = ["virtual"]

virtual = typer.Typer(no_args_is_help=True, help="Virtual boards: live simulations of a chip.")


@virtual.callback()
def _virtual() -> None:
    """Keep `serve` a command of its own, for others to join it."""


@virtual.command("serve")
def serve(
    *,
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="TCP port on loopback; 0 for any."),
    ] = 0,
    chip: ChipOption = "default",
    engine: BoardEngineOption = EngineName.NODAL,
    behind: BehindOption = BehindName.ARRAY,
    converters: ConvertersOption = None,
    link: LinkOption = "frame",
    jumper: Annotated[
        bool,
        typer.Option(
            "--jumper",
            help="A wire from the DAC of row 0 to the ADC of line 0 in the place of the array.",
        ),
    ] = False,
    writes: Annotated[
        bool,
        typer.Option(
            "--writes",
            help="The chip writes its cells, which are fresh: program them with ohmloom host.",
        ),
    ] = False,
    lanes: LanesOption = 8,
    analyser: AnalyserOption = 256,
    sim: SimOption = None,
    folder: FolderOption = None,
    task: TaskOption = None,
    model: ModelOption = None,
    seed: SeedOption = 0,
) -> None:
    """Let a chip live at a TCP port of this machine and at a pseudo-terminal, until Ctrl-C.

    It is the emitted Verilog in a simulator. An array is programmed with the network, as one on a
    board would be, or with --writes by the host; a twin is loaded by the host. With converters
    the array is behind models of their chips, at the pins.
    """
    with user_input():
        spec = load_spec(chip)
        options = BoardOptions(
            spec=spec,
            engine=engine,
            behind=behind,
            lanes=lanes,
            analyser=analyser,
            link=link,
            converters=chosen_converters(converters, spec),
            sim=sim,
            seed=seed,
            folder=folder,
            writes=writes,
        )
        job = None
        if options.features.converters is None and jumper:
            msg = "a jumper must lead from converters to converters (--converters), not from none"
            raise ValueError(msg)
        if writes and not writable(spec):
            msg = f"chip '{spec.name}' must have a section tile.write for --writes"
            raise ValueError(msg)
        if behind is BehindName.ARRAY and not jumper and not writes:
            prepared = prepared_task(options.spec, task, model, seed)
            job = Job.of(
                options.spec, prepared.mapping, prepared.inputs, engine=engine.value, seed=seed
            )
    # An end that is asked for is no failure, so it mustn't reach what looks after the folder.
    with (
        _ended_by_signals(),
        suppress(KeyboardInterrupt),
        make_board(options, job, port=port, jumper=jumper) as board,
        suppress(KeyboardInterrupt),
    ):
        what = "jumper" if jumper else behind.value
        if options.converters is not None:
            what = f"{what} with converters {options.converters.name}"
        if writes:
            what = f"fresh {what}"
        _say(f"chip {spec.name}, hash {spec.hash[:16]}, {what} behind its array ports")
        _say(f"listens at {board.address} and {board.terminal}; Ctrl-C ends it")
        board.watch()


def _say(text: str) -> None:
    output().print(text, markup=False, soft_wrap=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM do what Ctrl-C does."""
    # What a script starts in the background inherits that SIGINT is ignored.
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, _interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt
