"""`ohmloom host selftest`: what is wrong with a chip, if anything is."""

from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.commands.boards import ModelOption, TaskOption
from ohmloom_sim.commands.console import JsonOption, output
from ohmloom_sim.commands.host_session import HostOptions, chip_session, host_task
from ohmloom_sim.files import write_json
from ohmloom_sim.host.product_tests import Golden
from ohmloom_sim.host.selftest import Check, run_checks
from ohmloom_sim.host.session import Session, settle
from ohmloom_sim.tasks import PreparedTask

__all__ = ["selftest"]

_GOLDEN_SAMPLES = 4


def selftest(
    context: typer.Context,
    *,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            min=0.0,
            help="Of golden MVMs on an array: rms error over the rms of what is exact.",
        ),
    ] = 0.1,
    loopback: Annotated[
        bool,
        typer.Option(
            "--loopback",
            help="In the array's place a jumper leads from the DAC of row 0 to the ADC of line 0.",
        ),
    ] = False,
    task: TaskOption = None,
    model: ModelOption = None,
    json: JsonOption = None,
) -> None:
    """Test the chip; exit status 1 if anything fails.

    What is in buffers, tables and the cells of a twin is put back. An array behind pins must hold
    the network of --task or --model.
    """
    options: HostOptions = context.obj
    try:
        prepared: PreparedTask | None = host_task(options, task, model, _GOLDEN_SAMPLES)
    except OhmloomError:
        if task is not None or model is not None:
            raise
        # The digits don't fit a small chip; it can still be tested.
        prepared = None
    with chip_session(options, prepared, jumper=loopback) as session:
        golden = (
            None if prepared is None else Golden(mapping=prepared.mapping, inputs=prepared.inputs)
        )
        checks = settle(run_checks(session, golden, tolerance=tolerance, jumper=loopback))
    _show_checks(session, checks)
    failed = sum(check.outcome == "failed" for check in checks)
    if json is not None:
        data = {
            "spec_hash": options.spec.hash,
            "port": session.name,
            "passed": failed == 0,
            "checks": [check.to_json() for check in checks],
        }
        write_json(json, data)
    if failed:
        raise typer.Exit(1)


def _show_checks(session: Session, checks: list[Check]) -> None:
    styles = {"passed": "green", "failed": "bold red", "not there": "dim"}
    table = Table(
        title=f"Self-test of {session.spec.name} at {session.name}",
        title_justify="left",
        title_style="bold",
    )
    for heading in ("test", "outcome", "what was seen"):
        table.add_column(heading)
    for check in checks:
        style = styles[check.outcome]
        table.add_row(check.name, f"[{style}]{check.outcome}[/{style}]", check.detail)
    output().print(table)
