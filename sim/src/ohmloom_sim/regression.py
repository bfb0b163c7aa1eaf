"""The regression that any chip must pass, on a simulator."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import TOP, emit
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import default_simulator, find_simulator

__all__ = ["RegressionResult", "run_regression"]


@dataclass(frozen=True, kw_only=True)
class RegressionResult:
    """How the regression of a chip ended."""

    simulator: str
    """Simulator that was used."""
    passed: tuple[str, ...]
    """Tests that passed."""
    failed: dict[str, str]
    """Tests that failed, each with its message."""

    @property
    def tests(self) -> int:
        """Number of tests that ran."""
        return len(self.passed) + len(self.failed)


def run_regression(
    spec: ChipSpec,
    *,
    sim: str | None,
    folder: Path,
    pattern: str | None = None,
    junit: Path | None = None,
    seed: int = 0,
) -> RegressionResult:
    """Emit a chip and run the regression on it.

    Parameters
    ----------
    sim
        'icarus' or 'verilator'; None for the first that is there.
    pattern
        Regular expression that the names of the tests to run must match somewhere.
    junit
        Where the results go as JUnit XML, also if tests failed.

    Raises
    ------
    ToolError
        Where the simulator is missing or breaks, or no test ran.
    """
    simulator = default_simulator() if sim is None else find_simulator(sim)
    files = emit(spec, folder / "chip")
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="ohmloom_sim.benches.regression",
        folder=folder,
        environment={"OHMLOOM_CHIP": str(files.spec.resolve()), "OHMLOOM_SEED": str(seed)},
        pattern=pattern,
    )
    result = run_bench(bench, simulator)
    if junit is not None:
        beside = junit.with_name(junit.name + ".part")
        shutil.copyfile(result.results, beside)
        beside.replace(junit)
    return RegressionResult(
        simulator=simulator.name, passed=result.passed, failed=dict(result.failed)
    )
