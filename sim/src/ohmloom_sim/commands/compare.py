"""`ohmloom compare`: one stimulus on two engines."""

from pathlib import Path
from typing import Annotated

import typer

from ohmloom_analog.spec import load_spec
from ohmloom_sim.commands.boards import TaskOption
from ohmloom_sim.commands.console import (
    EngineName,
    JsonOption,
    SeedOption,
    number,
    progress,
    show_table,
)
from ohmloom_sim.equivalence import Equivalence, compare
from ohmloom_sim.files import write_json
from ohmloom_sim.stimulus import Stimulus
from ohmloom_sim.tasks import chosen_task, prepare

__all__ = ["compare_engines"]


def compare_engines(
    *,
    engine: Annotated[
        list[EngineName], typer.Option("--engine", help="Array engine; give it twice.")
    ],
    recording: Annotated[
        Path | None,
        typer.Option(
            "--recording", metavar="FILE", help="recording.npz, as `run --report` leaves it."
        ),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option("--images", min=1, help="Samples to make a stimulus of.  [default: 2]"),
    ] = None,
    task: TaskOption = None,
    chip: Annotated[
        str | None,
        typer.Option("--chip", metavar="FILE|PRESET", help="Chip.  [default: preset default]"),
    ] = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Replay one stimulus on two engines and report differences in volts, amperes and LSB.

    The stimulus is a recording with its own chip and seed. Without one it is made of samples of
    a task: the word-line codes that the integer model of the chip asks for; no simulator is needed.
    """
    if len(engine) != 2:
        msg = f"two engines must be given, not {len(engine)}"
        raise typer.BadParameter(msg, param_hint="--engine")
    if recording is not None and (images is not None or chip is not None or task is not None):
        msg = "it brings its own chip and images; leave --chip, --task and --images out"
        raise typer.BadParameter(msg, param_hint="--recording")
    if recording is not None:
        stimulus = Stimulus.load(recording)
    else:
        spec = load_spec(chip or "default")
        prepared = prepare(spec, chosen_task(task, None, seed), images or 2)
        stimulus = Stimulus.of_inputs(spec, prepared.mapping, prepared.inputs, seed)
    first, second = (name.value for name in engine)
    with progress("replaying", 2 * len(stimulus.tile)) as advance:
        result = compare(stimulus, first, second, on_progress=advance)
    if json is not None:
        figures = result.to_json()
        write_json(json, {**figures, "seed": stimulus.seed, "spec_hash": stimulus.spec.hash})
    _show(result, stimulus)


def _show(result: Equivalence, stimulus: Stimulus) -> None:
    first, second = result.engines
    show_table(
        f"{first} against {second}",
        [
            ("chip", f"{stimulus.spec.name}, hash {stimulus.spec.hash[:16]}"),
            ("seed", str(stimulus.seed)),
            ("passes, conversions", f"{number(result.passes)}, {number(result.conversions)}"),
            ("node voltages, largest difference", number(result.volts_max, "V")),
            ("node voltages, rms", number(result.volts_rms, "V")),
            ("passes of which nodes were solved", number(result.node_passes)),
            ("line currents, largest difference", number(result.amperes_max, "A")),
            ("line currents, rms", number(result.amperes_rms, "A")),
            ("largest over the pass's largest current", number(result.relative_max)),
            ("identical codes", f"{100 * result.codes_identical:.4g} %"),
            ("codes, largest difference", number(result.lsb_max, "LSB")),
            ("codes, rms", number(result.lsb_rms, "LSB")),
            (f"codes of {first} that are as in the stimulus", f"{100 * result.as_recorded:.4g} %"),
        ],
    )
