"""`ohmloom host ila`: signals of a chip, recorded by its logic analyser."""

from pathlib import Path
from typing import Annotated

import typer

from ohmloom_hw.capture import arm, collect, read_trigger
from ohmloom_sim.commands.boards import ModelOption, TaskOption
from ohmloom_sim.commands.console import number, output, show_table, user_input
from ohmloom_sim.commands.host_session import SIM, HostOptions, chip_session, host_task
from ohmloom_sim.commands.host_words import read_word
from ohmloom_sim.host.network import load_network
from ohmloom_sim.host.session import settle
from ohmloom_sim.host.waveform import write_waveform

__all__ = ["ila"]


def ila(
    context: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.vcd", help="Recording, for waveform viewers.")
    ],
    trigger: Annotated[
        list[str] | None,
        typer.Option(
            "--trigger", metavar="PROBE=VALUE", help="What to wait for; all that are given at once."
        ),
    ] = None,
    before: Annotated[
        int | None,
        typer.Option("--before", min=0, help="Samples before the trigger.  [default: a quarter]"),
    ] = None,
    period: Annotated[
        int, typer.Option("--period", min=1, max=65535, help="Clock cycles a sample.")
    ] = 1,
    run: Annotated[
        bool, typer.Option("--run", help="Run what the chip holds, once the analyser is armed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Don't wait for the trigger once that is done.")
    ] = False,
    task: TaskOption = None,
    model: ModelOption = None,
) -> None:
    """Record signals of the chip, by its logic analyser, into a VCD file."""
    options: HostOptions = context.obj
    with user_input():
        waited = read_trigger(options.spec, dict(_condition(text) for text in trigger or ()))
    # A board holds what was loaded; one that is made for this command holds nothing yet.
    prepared = host_task(options, task, model) if run and options.port == SIM else None
    with chip_session(options, prepared) as session:
        driver = session.driver
        if prepared is not None:
            settle(load_network(driver, prepared.mapping))
        if before is None:
            before = driver.features.analyser_depth // 4
        with user_input():
            settle(arm(driver, waited, before=before, period=period))
        if run:
            settle(driver.run())
        recorded = settle(collect(driver, options.spec, force=force))
    write_waveform(out, recorded)
    show_table(
        f"Logic analyser at {session.name}",
        [
            ("samples", number(len(recorded.samples))),
            ("before the trigger", number(recorded.before)),
            ("time from sample to sample", number(recorded.seconds * 1e9, "ns")),
            ("probes", ", ".join(probe.name for probe in recorded.probes)),
        ],
    )
    output().print(f"recording is in {out}", markup=False)


def _condition(text: str) -> tuple[str, int]:
    name, mark, value = text.partition("=")
    if not mark:
        msg = f"trigger must be PROBE=VALUE, not '{text}'"
        raise ValueError(msg)
    return name, read_word(value)
