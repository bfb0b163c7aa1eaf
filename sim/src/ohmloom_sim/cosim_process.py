"""The process in which cocotb's runner builds and runs one bench; see `ohmloom_sim.cosim`."""

import json
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner

__all__ = ["main"]


def main(plan_text: str) -> None:
    """Build and run what the plan says; the results are where it wants them."""
    plan = json.loads(plan_text)
    folder = Path(plan["folder"])
    runner = get_runner(plan["simulator"])
    runner.build(
        sources=plan["sources"],
        hdl_toplevel=plan["top"],
        build_dir=folder / "build",
        build_args=plan["build_args"],
        timescale=("1ns", "1ps"),
        always=False,
    )
    runner.test(
        test_module=plan["module"],
        hdl_toplevel=plan["top"],
        build_dir=folder / "build",
        test_dir=folder,
        results_xml=plan["results"],
        extra_env=plan["environment"],
        test_filter=plan["pattern"],
        timescale=("1ns", "1ps"),
    )


if __name__ == "__main__":
    main(sys.argv[1])
