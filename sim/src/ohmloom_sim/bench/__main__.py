"""The bench: every solver on every problem, each in a process of its own, on one thread."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.bench import measure
from ohmloom_sim.bench.comparison import (
    Measurement,
    Round,
    as_data,
    difference,
    disagreements,
    table,
)
from ohmloom_sim.bench.cosimulation import as_data as costs_as_data
from ohmloom_sim.bench.cosimulation import cosimulation_costs, cost_table
from ohmloom_sim.bench.plot import plot
from ohmloom_sim.bench.problems import CASES, Problem, problem
from ohmloom_sim.bench.tiles import apart, tile_costs, tile_table
from ohmloom_sim.bench.tiles import as_data as tiles_as_data
from ohmloom_sim.commands.console import output, progress, waiting
from ohmloom_sim.files import write_json

__all__ = ["bench"]

_PEER_PYTHON = Path("build/bench-venv/bin/python")

_ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


def bench(
    *,
    size: Annotated[list[int] | None, typer.Option("--size", min=2)] = None,
    case: Annotated[list[str] | None, typer.Option("--case", help="easy, hard or bad.")] = None,
    vectors: Annotated[list[int] | None, typer.Option("--vectors", min=1)] = None,
    solver: Annotated[list[str] | None, typer.Option("--solver", help="Peers.")] = None,
    ngspice_to: Annotated[
        int,
        typer.Option(
            "--ngspice-to",
            help="Largest size for ngspice, which takes 90 s at 128; a quarter of it for many "
            "vectors, each of which takes as long as the first.",
        ),
    ] = 64,
    peer_python: Annotated[
        Path, typer.Option("--peer-python", help="Python that has badcrossbar.")
    ] = _PEER_PYTHON,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    timeout: Annotated[float, typer.Option("--timeout", help="Of one measurement, in s.")] = 400.0,
    cosimulation: Annotated[
        bool,
        typer.Option(
            "--cosimulation/--no-cosimulation", help="Also what a product costs under RTL."
        ),
    ] = True,
    tiles: Annotated[
        bool,
        typer.Option("--tiles/--no-tiles", help="Also what a sample of a Monte Carlo costs."),
    ] = True,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path(
        "build/bench"
    ),
) -> None:
    """Measure solvers side by side; each option may be given several times.

    Without options everything is measured, which takes about six minutes; one or two take
    --size 16 --size 64 --size 128 --case hard.
    """
    sizes, cases = size or [16, 64, 128, 256, 512], case or list(CASES)
    counts, names = vectors or [1, 100], solver or list(measure.SOLVERS)[1:]
    _check(cases, names)
    pythons = {name: Path(sys.executable) for name in measure.SOLVERS} | {
        "badcrossbar": peer_python
    }
    problems = [(one, each, count) for each in sizes for one in cases for count in counts]
    rounds: list[Round] = []
    out.mkdir(parents=True, exist_ok=True)
    with progress("measuring", len(problems)) as advance:
        for done, (one, each, count) in enumerate(problems):
            most = ngspice_to if count == 1 else ngspice_to // 4
            here = [name for name in names if name != "ngspice" or each <= most]
            given = problem(one, each, count, np.random.default_rng(seed))
            found = list(_measured(["ohmloom", *here], given, pythons, timeout))
            rounds.append(Round(case=one, size=each, vectors=count, measurements=found))
            # After each, so that an hour's work isn't lost when the next one is stopped.
            write_json(out / "bench.json", {"seed": seed, "rounds": [as_data(r) for r in rounds]})
            advance(done + 1)
    plot(rounds, out / "bench.svg")
    output().print(table(rounds))
    wrong = disagreements(rounds)
    data: dict[str, Any] = {"seed": seed, "rounds": [as_data(found) for found in rounds]}
    if tiles:
        wrong += _sample(data, seed, out)
    if cosimulation:
        wrong += _co_simulate(data, seed, out)
    output().print(f"figures are in {out / 'bench.json'}, drawn in {out / 'bench.svg'}")
    for line in wrong:
        output().print(line, markup=False)
    if wrong:
        raise typer.Exit(1)


def _sample(data: dict[str, Any], seed: int, out: Path) -> list[str]:
    """Add what a sample of a Monte Carlo costs, and return what is wrong with it."""
    with waiting("sampling tiles"):
        costs = tile_costs(seed=seed)
    data["tiles"] = tiles_as_data(costs)
    write_json(out / "bench.json", data)
    output().print(tile_table(costs))
    return apart(costs)


def _co_simulate(data: dict[str, Any], seed: int, out: Path) -> list[str]:
    """Add what a product costs under RTL, and return what is wrong with it."""
    try:
        with waiting("co-simulating"):
            costs = cosimulation_costs(seed=seed)
    except OhmloomError as error:
        return [str(error)]
    data["cosimulation"] = costs_as_data(costs)
    write_json(out / "bench.json", data)
    output().print(cost_table(costs))
    return [f"{cost.engine} gives {cost.wrong} wrong codes" for cost in costs if cost.wrong]


def _check(cases: list[str], names: list[str]) -> None:
    for given, known, what in ((cases, CASES, "--case"), (names, measure.SOLVERS, "--solver")):
        for one in given:
            if one not in known:
                msg = f"{what} must be one of {', '.join(known)}, not {one!r}"
                raise typer.BadParameter(msg)


def _measured(
    names: list[str], given: Problem, pythons: dict[str, Path], timeout: float
) -> Iterator[Measurement]:
    """Measure the solvers in turn; the first has the outputs that the others are held against."""
    with tempfile.TemporaryDirectory(prefix="ohmloom-bench-") as folder:
        source, target = Path(folder, "problem.npz"), Path(folder, "answer.npz")
        np.savez(
            source,
            conductance=given.conductance,
            voltages=given.voltages,
            segment=np.array(given.segment),
        )
        reference = None
        for name in dict.fromkeys(names):
            failure = _failure(pythons[name], name, source, target, timeout)
            if failure is not None:
                yield Measurement(solver=name, figures={}, failure=failure)
                continue
            with np.load(target) as answer:
                currents = answer["currents"]
                figures: dict[str, Any] = json.loads(str(answer["figures"]))
            target.unlink()
            reference = currents if reference is None else reference
            apart = difference(currents, reference)
            yield Measurement(solver=name, figures=figures, difference=apart)


def _failure(python: Path, name: str, source: Path, target: Path, timeout: float) -> str | None:
    """Run one measurement, and return why it failed, if it did."""
    if not python.is_file():
        return f"{python} isn't there"
    command = [str(python), str(Path(measure.__file__)), name, str(source), str(target)]
    try:
        ended = subprocess.run(
            command,
            env=os.environ | _ONE_THREAD,
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {timeout:g} s"
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"exit status {ended.returncode}"]
        return lines[-1]
    return None


if __name__ == "__main__":
    typer.run(bench)
