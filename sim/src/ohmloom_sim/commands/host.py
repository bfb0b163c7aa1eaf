"""`ohmloom host`: the same tools for a chip on a board and one in a simulation."""

from typing import Annotated

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
)
from ohmloom_sim.commands.console import ChipOption, EngineName, SeedOption, SimOption, user_input
from ohmloom_sim.commands.converters import ConvertersOption, chosen_converters
from ohmloom_sim.commands.host_analyser import ila
from ohmloom_sim.commands.host_calibration import calibrate, refresh
from ohmloom_sim.commands.host_cells import check_array, read_weights
from ohmloom_sim.commands.host_converters import limits, offsets
from ohmloom_sim.commands.host_network import infer, load, mvm
from ohmloom_sim.commands.host_program import program
from ohmloom_sim.commands.host_repair import repair
from ohmloom_sim.commands.host_selftest import selftest
from ohmloom_sim.commands.host_session import HostOptions
from ohmloom_sim.commands.host_words import info, peek, poke
from ohmloom_sim.commands.nir import host_nir

__all__ = ["host"]

host = typer.Typer(
    no_args_is_help=True, help="A chip at a serial port, a TCP port, or in a simulation."
)
host.command("info")(info)
host.command("peek")(peek)
host.command("poke")(poke)
host.command("load")(load)
host.command("infer")(infer)
host.command("mvm")(mvm)
host.command("nir")(host_nir)
host.command("selftest")(selftest)
host.command("ila")(ila)
host.command("program")(program)
host.command("read-weights")(read_weights)
host.command("test-array")(check_array)
host.command("repair")(repair)
host.command("calibrate")(calibrate)
host.command("refresh")(refresh)
host.command("limits")(limits)
host.command("offsets")(offsets)


@host.callback()
def _options(
    context: typer.Context,
    *,
    port: Annotated[
        str,
        typer.Option(
            "--port",
            metavar="DEVICE|tcp://HOST:PORT|sim",
            help="Line to the chip; sim starts a virtual board for this command alone.",
        ),
    ],
    chip: ChipOption = "default",
    baud: Annotated[
        int | None, typer.Option("--baud", min=1, help="Rate of the line.  [default: the chip's]")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=0.001,
            metavar="SECONDS",
            help="Longest wait for a reply.  [default: 10 over TCP, else that of the line and 0.1]",
        ),
    ] = None,
    engine: BoardEngineOption = EngineName.NODAL,
    behind: BehindOption = BehindName.ARRAY,
    converters: ConvertersOption = None,
    link: LinkOption = "frame",
    lanes: LanesOption = 8,
    analyser: AnalyserOption = 256,
    sim: SimOption = None,
    folder: FolderOption = None,
    seed: SeedOption = 0,
) -> None:
    """Options that all commands share; they come before the command's name."""
    with user_input():
        spec = load_spec(chip)
        context.obj = HostOptions(
            port=port,
            baud=baud,
            reply_timeout=timeout,
            board=BoardOptions(
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
            ),
        )
        _ = context.obj.board.features
