"""The regression that any chip must pass, on a simulator, and what it has covered of chips."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ohmloom_analog.errors import OhmloomError, ToolError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import DEFAULT_FEATURES
from ohmloom_sim.cosim import Bench, BenchResult, run_bench
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.plan import cover_plan, regression_features
from ohmloom_sim.coverage.points import merged_points
from ohmloom_sim.simulators import Simulator, default_simulator, find_simulator

__all__ = ["RegressionResult", "merged_counts", "run_regressions"]

_COVERAGE = "coverage"
_LINE = ("regression",)
_BUS = ("covered_products", "covered_registers", "covered_faults", "covered_writing")


@dataclass(frozen=True, kw_only=True)
class RegressionResult:
    """How the regression of a chip ended."""

    spec: ChipSpec
    """The chip."""
    simulator: str
    """Simulator that was used."""
    version: str
    """Its version."""
    seed: int
    """Of all stimulus."""
    passed: tuple[str, ...]
    """Tests that passed."""
    failed: dict[str, str]
    """Tests that failed, each with its message."""
    counts: CoverCounts
    """What the tests that passed have sampled."""
    results: tuple[Path, ...]
    """JUnit XML that cocotb wrote, one file a build of the chip."""

    @property
    def tests(self) -> int:
        """Number of tests that ran."""
        return len(self.passed) + len(self.failed)


def run_regressions(
    specs: Sequence[ChipSpec],
    *,
    sim: str | None,
    folder: Path,
    pattern: str | None = None,
    seed: int = 0,
    on_stage: Callable[[str], None] | None = None,
) -> tuple[RegressionResult, ...]:
    """Emit chips and run the regression on each of them, side by side on all cores.

    Each chip is built twice: as it is, to be tried over its serial line, and with a bus and all
    that its description says of writing, by which much more goes through it in the same time.

    Parameters
    ----------
    sim
        'icarus' or 'verilator'; None for the first that is there.
    folder
        Where all is built.
    pattern
        Regular expression that the names of the tests to run must match somewhere.
    on_stage
        Called with the name of each chip whose tests are begun.

    Raises
    ------
    ToolError
        Where the simulator is missing or breaks, or no test ran.
    OhmloomError
        Where a chip is given twice.
    """
    _check_chips(specs)
    simulator = default_simulator() if sim is None else find_simulator(sim)
    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    begun: list[list[Future[BenchResult]]] = []
    stopped = threading.Event()

    def poll() -> None:
        if stopped.is_set():
            msg = "the regression must come to its end, not be given up"
            raise ToolError(msg)

    try:
        for number, spec in enumerate(specs):
            if on_stage is not None:
                on_stage(spec.name)
            # The next gateware is made here while simulators are at work on those before.
            benches = _benches(spec, folder / f"chip_{number}", pattern, seed)
            begun.append([pool.submit(run_bench, b, simulator, on_poll=poll) for b in benches])
        found = [
            _result(spec, simulator, seed, [run.result() for run in runs])
            for spec, runs in zip(specs, begun, strict=True)
        ]
    finally:
        # Where something is raised, simulators that are at work would go on for nothing.
        stopped.set()
        pool.shutdown(cancel_futures=True)
    if not any(result.tests for result in found):
        msg = f"at least one test must match {pattern!r}, not 0"
        raise ToolError(msg)
    return tuple(found)


def merged_counts(results: Sequence[RegressionResult]) -> CoverCounts:
    """Return what the tests of all chips have sampled together."""
    merged = CoverCounts(merged_points(result.counts.points for result in results))
    for result in results:
        merged.add(result.counts)
    return merged


def _check_chips(specs: Sequence[ChipSpec]) -> None:
    hashes = [spec.hash for spec in specs]
    for spec in specs:
        if hashes.count(spec.hash) > 1:
            msg = f"chip '{spec.name}' must be given once, not {hashes.count(spec.hash)} times"
            raise OhmloomError(msg)


def _benches(spec: ChipSpec, folder: Path, pattern: str | None, seed: int) -> list[Bench]:
    """Emit a chip as each of its builds, and return what is to run on them."""
    benches = []
    for name, features, modules in (
        ("line", DEFAULT_FEATURES, _LINE),
        ("bus", regression_features(spec), _BUS),
    ):
        place = folder / name
        files = emit(spec, place / "chip", features=features)
        (place / _COVERAGE).mkdir()
        benches.append(
            Bench(
                sources=[files.verilog],
                top=TOP,
                module=",".join(f"ohmloom_sim.benches.{module}" for module in modules),
                folder=place,
                environment={
                    "OHMLOOM_CHIP": str(files.spec.resolve()),
                    "OHMLOOM_SEED": str(seed),
                    "OHMLOOM_COVERAGE": str((place / _COVERAGE).resolve()),
                },
                pattern=pattern,
                may_be_empty=True,
            )
        )
    return benches


def _result(
    spec: ChipSpec, simulator: Simulator, seed: int, runs: Sequence[BenchResult]
) -> RegressionResult:
    counts = CoverCounts(cover_plan(spec))
    for run in runs:
        for path in sorted((run.results.parent / _COVERAGE).glob("*.json")):
            counts.add(CoverCounts.load(path, counts.points))
    return RegressionResult(
        spec=spec,
        simulator=simulator.name,
        version=".".join(str(part) for part in simulator.version),
        seed=seed,
        passed=tuple(name for run in runs for name in run.passed),
        failed={name: message for run in runs for name, message in run.failed.items()},
        counts=counts,
        results=tuple(run.results for run in runs),
    )
