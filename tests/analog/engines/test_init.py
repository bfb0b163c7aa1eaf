import re
import subprocess
import sys

import pytest

from ohmloom_analog.engines import ENGINE_NAMES, make_engine


def test_engines_are_made_by_name():
    assert [make_engine(name).name for name in ENGINE_NAMES] == [
        "ideal",
        "nodal",
        "ngspice",
        "transient",
    ]


def test_unknown_engine_is_refused_with_the_known():
    message = "engine must be one of ideal, nodal, ngspice, transient, not 'spectre'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make_engine("spectre")


def test_import_loads_neither_scipy_nor_pyspice():
    program = (
        "import sys; import ohmloom_analog.engines; "
        "print(sorted({'scipy', 'PySpice'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
