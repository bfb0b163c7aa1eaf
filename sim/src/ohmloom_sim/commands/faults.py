"""`ohmloom faults`: what faults cost a task, and what the chip's defences give back."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.spec import load_spec
from ohmloom_sim.campaign import SIZES, Campaign, FaultPoint, run_campaign
from ohmloom_sim.campaign_picture import draw_campaign
from ohmloom_sim.commands.boards import ModelOption, TaskOption
from ohmloom_sim.commands.console import (
    ChipOption,
    JsonOption,
    SeedOption,
    check_picture,
    number,
    output,
    progress_of,
    user_input,
    waiting,
)
from ohmloom_sim.commands.outcome import hand_over
from ohmloom_sim.injected import FaultKind
from ohmloom_sim.intervals import share_interval
from ohmloom_sim.tasks import chosen_task, taken

__all__ = ["faults"]

_USUAL = 360


def faults(
    *,
    chip: ChipOption = "protected",
    task: TaskOption = None,
    model: ModelOption = None,
    kind: Annotated[
        list[FaultKind] | None,
        typer.Option("--kind", help="Kind of fault; may be repeated.  [default: all]"),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(
            "--images",
            min=1,
            help=f"Samples of each run.  [default: {_USUAL}, or all if there are fewer]",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=2, help="How often each fault is drawn.")
    ] = 20,
    seed: SeedOption = 0,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.svg", help="Draw the accuracy.", dir_okay=False),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Draw faults again and again, and classify samples without and with the chip's defences.

    Fast, by the functional model: `ohmloom run --faults` puts faults into the emitted Verilog.
    """
    check_picture(plot)
    spec = load_spec(chip)
    kinds = list(FaultKind) if not kind else list(dict.fromkeys(kind))
    sizes = {one: SIZES[one] for one in kinds}
    with user_input(), waiting("training"):
        samples = chosen_task(task, model, seed)
    total = draws * sum(len(chosen) for chosen in sizes.values())
    with user_input(), progress_of({"drawing faults": total}) as move:
        campaign = run_campaign(
            spec,
            samples,
            images=taken(samples, images, _USUAL),
            draws=draws,
            seed=seed,
            sizes=sizes,
            on_progress=move["drawing faults"],
        )
    hand_over(
        campaign.to_json(),
        json=json,
        plot=plot,
        draw=partial(draw_campaign, campaign),
        show=partial(_show, campaign),
    )


def _show(campaign: Campaign) -> None:
    table = Table(
        title=f"Faults on {campaign.task}: {campaign.images} samples, {campaign.draws} draws, "
        f"seed {campaign.seed}",
        title_justify="left",
        title_style="bold",
    )
    for name in ("fault", "size", "without [%]", "with correction [%]"):
        table.add_column(name, justify="left" if name == "fault" else "right")
    for name in ("flagged", "corrected", "wrongly"):
        table.add_column(name, justify="right")
    for point in campaign.points:
        table.add_row(*_row(point))
    output().print(table)


def _row(point: FaultPoint) -> tuple[str, ...]:
    shown = []
    for shares in (point.without, point.defended):
        found = share_interval(shares)
        shown.append(f"{100 * found.mean:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})")
    counts = point.counts
    return (
        point.kind.value,
        f"{point.size:g}",
        *shown,
        number(counts.flagged),
        number(counts.corrected),
        number(counts.wrongly_corrected),
    )
