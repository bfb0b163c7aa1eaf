"""`ohmloom adc-bits`: what accuracy the bits of the converters give, and what they take."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.spec import load_spec
from ohmloom_sim.commands.boards import ModelOption
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    check_picture,
    output,
    progress,
    user_input,
    waiting,
)
from ohmloom_sim.commands.outcome import hand_over
from ohmloom_sim.energy.adc_picture import draw_adc_sweep
from ohmloom_sim.energy.adc_sweep import AdcSweep, sweep_adc_bits
from ohmloom_sim.energy.rows import energy_text
from ohmloom_sim.tasks import digits_task, model_task

__all__ = ["adc_bits"]

_BITS = tuple(range(2, 13))


def adc_bits(
    *,
    chip: ChipOption = "default",
    model: ModelOption = None,
    bits: Annotated[
        list[int] | None,
        typer.Option(
            "--bits", min=1, max=16, help="Bits of the ADCs; may be repeated.  [default: 2 to 12]"
        ),
    ] = None,
    images: Annotated[int, typer.Option("--images", min=1, help="Samples of each run.")] = 360,
    chips: Annotated[
        int, typer.Option("--chips", min=1, help="Chips that are made for each number of bits.")
    ] = 3,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine.")
    ] = EngineName.NODAL,
    seed: SeedOption = 0,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.svg", help="Draw the accuracy.", dir_okay=False),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Classify samples with ADCs of ever more bits behind the same arrays, by the functional model.

    Noise and offset of the converters stay the same currents.
    """
    check_picture(plot)
    spec = load_spec(chip)
    wanted = list(dict.fromkeys(bits)) if bits else list(_BITS)
    with user_input(), waiting("training"):
        task = digits_task(seed) if model is None else model_task(model, seed)
    with user_input(), progress("making chips", chips * len(wanted)) as move:
        sweep = sweep_adc_bits(
            spec,
            task,
            bits=wanted,
            images=images,
            chips=chips,
            seed=seed,
            engine=engine.value,
            on_progress=move,
        )
    hand_over(
        sweep.to_json(),
        json=json,
        plot=plot,
        draw=partial(draw_adc_sweep, sweep),
        show=partial(_show, sweep),
    )


def _show(sweep: AdcSweep) -> None:
    table = Table(
        title=f"ADC bits of {sweep.chip} on {sweep.task}: {sweep.images} samples, "
        f"seed {sweep.seed}",
        title_justify="left",
        title_style="bold",
    )
    for name in ("bits", "accuracy [%], 95 %", "perfect array [%]", "a conversion"):
        table.add_column(name, justify="right")
    for point in sweep.points:
        found = point.interval
        table.add_row(
            str(point.bits),
            f"{100 * found.mean:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})",
            f"{100 * point.integer:.1f}",
            energy_text(point.energy),
        )
    output().print(table)
    verdict = "never falls" if sweep.monotone else "falls somewhere"
    output().print(f"accuracy {verdict} with more bits, to within its intervals", markup=False)
