"""With compiled code, without it, and where it can't be kept; and what stays in memory."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import nodal
from ohmloom_analog.engines.nodal import NodalEngine

RNG = np.random.default_rng(0)
CROSSBAR = Crossbar(RNG.uniform(1e-6, 1e-4, (90, 70)), r_word=1.0, r_bit=2.0)
# Fewer vectors than lines, so that no map is made, and enough for compiled code to be loaded.
BATCH = RNG.uniform(0, 1, (65, 90))


def _currents():
    engine = NodalEngine()
    engine.load(CROSSBAR)
    return engine.currents(BATCH)


def test_without_numba_the_currents_are_the_same(monkeypatch):
    with_numba = _currents()
    monkeypatch.setitem(sys.modules, nodal._COMPILED, None)
    without = _currents()
    assert np.abs(with_numba - without).max() <= 1e-11 * np.abs(without).max()
    assert np.abs(with_numba - without).max() > 0


def _run(program, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout


def test_compiled_code_can_be_switched_off():
    program = (
        "from ohmloom_analog.engines.nodal import NodalEngine, _compiled_module\n"
        "print(_compiled_module())"
    )
    assert _run(program, NUMBA_DISABLE_JIT="1") == "None\n"


def test_compiled_code_is_loaded_for_less_where_many_crossbars_follow():
    program = (
        "import sys, numpy as np\n"
        "from ohmloom_analog.crossbar import Crossbar\n"
        "from ohmloom_analog.engines import nodal\n"
        "for size, many in ((48, False), (8, True), (48, True)):\n"
        "    given = Crossbar(np.ones((size, size)))\n"
        "    nodal.NodalEngine().prepare(given, 16, many=many)\n"
        "    print(nodal._COMPILED in sys.modules)"
    )
    assert _run(program).split() == ["False", "False", "True"]


def test_compiled_code_works_where_it_cannot_be_kept():
    program = (
        "import numba\n"
        "asked = []\n"
        "plain = numba.njit\n"
        "def nowhere(*functions, cache=False, **more):\n"
        "    asked.append(cache)\n"
        "    if cache:\n"
        "        raise RuntimeError('cannot cache function: no locator available')\n"
        "    return plain(*functions, **more)\n"
        "numba.njit = nowhere\n"
        "from ohmloom_analog.engines import kernels\n"
        "import numpy as np\n"
        "x = np.ones((1, 2, 8))\n"
        "kernels.add(x, np.full((1, 2, 8), 0.5, np.float32))\n"
        "print(x.min(), x.max(), set(asked))"
    )
    assert _run(program) == "1.5 1.5 {False, True}\n"


def _resident():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="needs /proc")
@pytest.mark.parametrize("kept", [True, False])
def test_ten_thousand_solves_leave_memory_as_it_is(kept):
    crossbar = Crossbar(RNG.uniform(1e-6, 1e-4, (16, 16)), r_word=1.0, r_bit=2.0)
    vector = RNG.uniform(0, 1, 16)
    engine = NodalEngine()
    engine.load(crossbar)
    if kept:
        engine.transfer()

    def solve(times):
        for _ in range(times):
            if not kept:
                engine.load(crossbar)
            engine.currents(vector)

    solve(500)
    before = _resident()
    solve(10_000)
    # One array of 16 x 16 a solve would be 20 MB.
    assert _resident() - before < 1 << 20
