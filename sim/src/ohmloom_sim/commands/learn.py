"""`ohmloom learn`: tasks learnt from random conductances, with the pulses of the chip's rules."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from ohmloom_analog.spec import load_spec
from ohmloom_hw.learning.rules import LearningRule
from ohmloom_sim.commands.console import (
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    check_picture,
    number,
    output,
    progress,
    progress_of,
    show_table,
    user_input,
    work_folder,
)
from ohmloom_sim.commands.outcome import hand_over
from ohmloom_sim.learning.campaign import LearningCampaign, run_learning
from ohmloom_sim.learning.chip_campaign import learn_on_chip
from ohmloom_sim.learning.chip_learner import check_learner
from ohmloom_sim.learning.device_pairs import letters_chip
from ohmloom_sim.learning.pair_cells import PairModel
from ohmloom_sim.learning.picture import draw_learning
from ohmloom_sim.learning.recipes import TIKI_TAKA
from ohmloom_sim.learning.tasks import letters_task
from ohmloom_sim.learning.tiki_taka import TikiTakaSettings
from ohmloom_sim.simulators import default_simulator

__all__ = ["learn"]

learn = typer.Typer(no_args_is_help=True, help="Learning with the pulses of the chip's rules.")


class RuleName(StrEnum):
    """Rules that learn classes."""

    PERCEPTRON = "perceptron"
    MANHATTAN = "manhattan"
    THRESHOLD = "threshold"
    STOCHASTIC = "stochastic"
    TIKI_TAKA = "tiki-taka"


RuleOption = Annotated[
    RuleName,
    typer.Option(
        "--rule",
        help="How pulses follow from samples; tiki-taka has stochastic ones move a fast array.",
    ),
]
EpochsOption = Annotated[
    int, typer.Option("--epochs", min=1, max=10_000, help="Walks over all samples.")
]
RunsOption = Annotated[
    int, typer.Option("--runs", min=1, max=10_000, help="Runs, each with the next seed.")
]
StuckOption = Annotated[
    float, typer.Option("--stuck", min=0, max=1, help="Share of the cells that are stuck.")
]
NoiseOption = Annotated[
    float, typer.Option("--noise", min=0, max=10, help="Spread of a step, as a share of it.")
]
AsymmetryOption = Annotated[
    float,
    typer.Option("--asymmetry", min=0, max=1, help="How much smaller steps get towards the end."),
]
StepOption = Annotated[
    float, typer.Option("--step", min=1 / 16, max=4096, help="Levels that a pulse moves a cell.")
]
BudgetOption = Annotated[
    int, typer.Option("--budget", min=0, max=(1 << 32) - 1, help="Pulses on weights, for each run.")
]
BitsOption = Annotated[int, typer.Option("--bits", min=1, max=12, help="Bits of a cell.")]
PlotOption = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.svg", help="Draw accuracy and pulses.", dir_okay=False),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Usual:
    """What a task is learnt with where nothing else is asked for."""

    rule: RuleName
    epochs: int
    runs: int
    bits: int


def _add_command(task: str, usual: _Usual, text: str) -> None:
    def command(
        *,
        rule: RuleOption = usual.rule,
        epochs: EpochsOption = usual.epochs,
        runs: RunsOption = usual.runs,
        bits: BitsOption = usual.bits,
        step: StepOption = 1.0,
        stuck: StuckOption = 0.0,
        noise: NoiseOption = 0.0,
        asymmetry: AsymmetryOption = 0.0,
        budget: BudgetOption = (1 << 32) - 1,
        seed: SeedOption = 0,
        plot: PlotOption = None,
        json: JsonOption = None,
    ) -> None:
        with user_input():
            model = PairModel(bits=bits, step=step, stuck=stuck, noise=noise, asymmetry=asymmetry)
        wanted = _Runs(task=task, rule=rule, epochs=epochs, runs=runs, seed=seed, budget=budget)
        _learn(wanted, model, plot=plot, json=json)

    learn.command(task, help=text)(command)


_add_command(
    "digits",
    _Usual(rule=RuleName.PERCEPTRON, epochs=10, runs=1, bits=7),
    "Learn handwritten digits on an exact array; accuracy is that on a fifth, held out.",
)
_add_command(
    "letters",
    _Usual(rule=RuleName.MANHATTAN, epochs=50, runs=20, bits=6),
    "Learn z, v and n on an exact array, until none of the 30 patterns is wrong.",
)


@learn.command("on-chip")
def learn_letters_on_chip(
    *,
    epochs: EpochsOption = 20,
    runs: RunsOption = 20,
    chip: Annotated[
        str | None,
        typer.Option(
            "--chip",
            metavar="FILE|PRESET",
            help="Chip with a section [learning].  [default: 10 x 3 pairs of VTEAM crosspoints]",
        ),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="Array engine; with transient, ngspice moves the cells."),
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    plot: PlotOption = None,
    json: JsonOption = None,
) -> None:
    """Learn the letters z, v and n by emitted Verilog, whose pulses move devices.

    Each run ends as soon as none of the 30 patterns is wrong.
    """
    check_picture(plot)
    with user_input():
        spec = letters_chip() if chip is None else load_spec(chip)
        check_learner(spec, letters_task())
    simulator = sim.value if sim else default_simulator().name
    with work_folder() as folder, progress("learning", epochs * runs) as move:
        campaign = learn_on_chip(
            spec,
            epochs=epochs,
            seed=seed,
            runs=runs,
            engine=engine.value,
            sim=simulator,
            folder=folder,
            on_progress=move,
        )
    _tell(campaign, plot=plot, json=json)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Runs:
    """What is learnt, and how often."""

    task: str
    rule: RuleName
    epochs: int
    runs: int
    seed: int
    budget: int

    @property
    def pulses(self) -> LearningRule:
        """The chip's rule."""
        fast = self.rule is RuleName.TIKI_TAKA
        return LearningRule.STOCHASTIC if fast else LearningRule[self.rule.name]

    @property
    def tiki_taka(self) -> TikiTakaSettings | None:
        """How a fast array is handed over, if there is one."""
        return TIKI_TAKA if self.rule is RuleName.TIKI_TAKA else None


def _learn(wanted: _Runs, model: PairModel, *, plot: Path | None, json: Path | None) -> None:
    check_picture(plot)
    with user_input(), progress_of({"learning": wanted.epochs * wanted.runs}) as move:
        campaign = run_learning(
            wanted.task,
            wanted.pulses,
            model,
            epochs=wanted.epochs,
            seed=wanted.seed,
            runs=wanted.runs,
            budget=wanted.budget,
            tiki_taka=wanted.tiki_taka,
            on_progress=move["learning"],
        )
    _tell(campaign, plot=plot, json=json)


def _tell(campaign: LearningCampaign, *, plot: Path | None, json: Path | None) -> None:
    hand_over(
        campaign.to_json(),
        json=json,
        plot=plot,
        draw=partial(draw_learning, campaign),
        show=partial(_show, campaign),
    )


def _show(campaign: LearningCampaign) -> None:
    _show_epochs(campaign)
    _show_runs(campaign)


def _show_epochs(campaign: LearningCampaign) -> None:
    table = Table(
        title=f"{campaign.task}, rule {campaign.rule_name}, {len(campaign.runs)} runs, "
        f"seeds {campaign.seeds[0]} to {campaign.seeds[-1]}",
        title_justify="left",
        title_style="bold",
    )
    for name in ("epoch", "accuracy: mean [%]", "lowest [%]", "pulses on weights"):
        table.add_column(name, justify="right")
    first = [100 * run.before for run in campaign.runs]
    table.add_row("0", f"{np.mean(first):.1f}", f"{min(first):.1f}", "")
    for place in range(max(len(run.epochs) for run in campaign.runs)):
        # A run that is through stays as it is.
        found = [run.epochs[min(place, len(run.epochs) - 1)].accuracy for run in campaign.runs]
        pulses = [run.epochs[place].pulses for run in campaign.runs if place < len(run.epochs)]
        table.add_row(
            str(place + 1),
            f"{100 * np.mean(found):.1f}",
            f"{100 * min(found):.1f}",
            f"{np.mean(pulses):,.0f}",
        )
    output().print(table)


def _show_runs(campaign: LearningCampaign) -> None:
    runs = campaign.runs
    rows = [
        ("accuracy after the last epoch", _range([100 * run.accuracy for run in runs], " %")),
        ("pulses a weight", _range([run.pulses_per_weight for run in runs])),
        ("most pulses on one cell", number(max(run.most_wear for run in runs))),
        ("pulses refused by the budget", number(sum(run.refused for run in runs))),
    ]
    perfect = [run.perfect_after for run in runs if run.perfect_after is not None]
    if perfect:
        rows += [
            ("runs without an error in the end", f"{len(perfect)} of {len(runs)}"),
            ("epochs until then", _range([float(epochs) for epochs in perfect])),
        ]
    show_table("All runs", rows)


def _range(found: list[float], unit: str = "") -> str:
    return f"{np.mean(found):.1f}{unit} ({min(found):.1f} to {max(found):.1f})"
