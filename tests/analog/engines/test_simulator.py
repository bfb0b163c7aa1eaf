import os
import re
import subprocess
import sys

import pytest

from ohmloom_analog.engines.simulator import (
    Circuit,
    ngspice_available,
    ngspice_version,
    simulator,
)
from ohmloom_analog.errors import EngineError

DIVIDER = "{}\nvd0 a 0 0\nr1 a b 1000\nr2 b 0 3000\n.save v(b)\n.end\n"


def _circuit(text=DIVIDER):
    title = simulator().new_title()
    return Circuit(simulator(), title, text.format(title))


def _python(program, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_ngspice_is_there():
    # Tests never skip what needs ngspice: the message of this failure names the package.
    assert ngspice_available() is None
    assert re.fullmatch(r"\d+(\.\d+)*\+?", ngspice_version())


def test_starting_says_nothing():
    program = "from ohmloom_analog.engines.ngspice import ngspice_version; ngspice_version()"
    assert _python(program) == (0, "", "")


def test_missing_library_is_named_with_its_package():
    program = (
        "from ohmloom_analog.engines import make_engine\n"
        "from ohmloom_analog.errors import EngineError\n"
        "try:\n    make_engine('ngspice')\nexcept EngineError as error:\n    print(error)"
    )
    code, out, err = _python(program, NGSPICE_LIBRARY_PATH="nowhere.so")
    assert (code, err) == (0, "")
    assert out == (
        "libngspice must be installed for the ngspice engine, and isn't found at "
        "NGSPICE_LIBRARY_PATH=nowhere.so: apt-get install libngspice0\n"
    )


def test_missing_pyspice_is_named_with_its_extra():
    program = (
        "import sys; sys.modules['PySpice'] = None\n"
        "from ohmloom_analog.engines.simulator import ngspice_available\n"
        "print(ngspice_available())"
    )
    code, out, err = _python(program)
    assert (code, err) == (0, "")
    assert out == (
        "PySpice must be installed for the ngspice engine: pip install 'ohmloom[spice]'\n"
    )


def test_sources_are_altered_and_saved_vectors_come_back():
    assert _circuit().solve({"vd0": 4.0}) == {"b": pytest.approx(3.0, rel=1e-14)}


def test_unknown_source_is_an_error_and_the_circuit_stays_usable():
    circuit = _circuit()
    with pytest.raises(EngineError, match=r"^ngspice refused alter vd9 = 1\.0: .*vd9.*$"):
        circuit.solve({"vd9": 1.0})
    assert circuit.solve({"vd0": 2.0})["b"] == pytest.approx(1.5, rel=1e-14)


def test_failed_change_leaves_no_source_taken_for_set():
    circuit = _circuit()
    circuit.solve({"vd0": 1.0})
    with pytest.raises(EngineError, match=r"^ngspice refused"):
        circuit.solve({"vd0": 2.0, "vd9": 1.0})
    assert circuit.solve({"vd0": 1.0})["b"] == pytest.approx(0.75, rel=1e-14)


def test_netlist_with_an_unknown_element_is_refused():
    with pytest.raises(EngineError, match=r"^ngspice refused the netlist: .*"):
        _circuit("{}\nqq\n.end\n")


@pytest.mark.parametrize(
    "body",
    [
        "v1 a 0 1\nr1 b c 1\n.save v(c)",
        "v1 a 0 1\nv2 a 0 2\n.save i(v1)",
        "v1 a 0 1\nr1 a 0\n.save i(v1)",
    ],
    ids=["floating", "contradiction", "no value"],
)
def test_circuit_without_a_clean_operating_point_is_an_error(body):
    with pytest.raises(EngineError, match=r"^ngspice refused (op|the netlist): .*"):
        _circuit(f"{{}}\n{body}\n.end\n").solve({})


def test_circuit_that_is_gone_is_an_error():
    with pytest.raises(EngineError, match=r"^ngspice no longer holds the circuit 'nothing'$"):
        simulator().select("nothing")


def test_abandoned_circuits_are_removed():
    before = len(simulator().command("setcirc").splitlines())
    for _ in range(5):
        _circuit().solve({"vd0": 1.0})
    assert len(simulator().command("setcirc").splitlines()) <= before + 2
