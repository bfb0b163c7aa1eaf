"""The command line `ohmloom`."""

import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.commands.adc_bits import adc_bits
from ohmloom_sim.commands.board import board
from ohmloom_sim.commands.campaign import campaign
from ohmloom_sim.commands.compare import compare_engines
from ohmloom_sim.commands.console import output, show_error
from ohmloom_sim.commands.device import device
from ohmloom_sim.commands.drift import drift
from ohmloom_sim.commands.ecc import ecc
from ohmloom_sim.commands.energy import energy
from ohmloom_sim.commands.faults import faults
from ohmloom_sim.commands.host import host
from ohmloom_sim.commands.import_model import import_model
from ohmloom_sim.commands.learn import learn
from ohmloom_sim.commands.mvm import mvm
from ohmloom_sim.commands.nir import nir
from ohmloom_sim.commands.published import published
from ohmloom_sim.commands.regress import regress
from ohmloom_sim.commands.run import run
from ohmloom_sim.commands.serve import virtual
from ohmloom_sim.commands.solve import solve
from ohmloom_sim.commands.spice import spice
from ohmloom_sim.commands.spike import spike
from ohmloom_sim.commands.verilog import verilog

__all__ = ["app", "main"]


class _Refusing(TyperGroup):
    """Commands whose refusals are one line on stderr and exit status 2, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a refusal ends it."""
        try:
            return super().invoke(ctx)
        except OhmloomError as error:
            show_error(str(error))
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Refusing, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.command("run")(run)
app.command("verilog")(verilog)
app.command("solve")(solve)
app.command("spice")(spice)
app.command("import")(import_model)
app.command("mvm")(mvm)
app.command("nir")(nir)
app.command("compare")(compare_engines)
app.add_typer(device, name="device")
app.add_typer(host, name="host")
app.add_typer(virtual, name="sim")
app.add_typer(board, name="board")
app.command("ecc")(ecc)
app.command("faults")(faults)
app.command("drift")(drift)
app.command("campaign")(campaign)
app.command("energy")(energy)
app.command("adc-bits")(adc_bits)
app.command("published")(published)
app.add_typer(learn, name="learn")
app.command("spike")(spike)
app.command("regress")(regress)


def _show_version(wanted: bool) -> None:
    if wanted:
        output().print(f"ohmloom {version('ohmloom')}", markup=False)
        raise typer.Exit


@app.callback()
def _options(
    *,
    version_wanted: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """From a matrix or a trained network to a working hybrid in-memory computer."""


def main() -> None:
    """Run the command line on the arguments of the process."""
    sys.exit(app())
