import re
import sys
from pathlib import Path

import pytest

from ohmloom_analog.errors import ToolError
from ohmloom_hw.boards import tools
from ohmloom_hw.boards.tools import find_tool, run_tool

SAYS = """#!{python}
import os, sys
print(os.getcwd())
print(*sys.argv[1:], sep="|")
print("to stderr", file=sys.stderr)
"""
FAILS = """#!{python}
import sys
for number in range(30):
    print("line", number)
print()
sys.exit(3)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder on the path, with tools in it, and none beside this Python."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name, text in (("says", SAYS), ("fails", FAILS), ("mute", "#!/bin/sh\nexit 7\n")):
        tool = folder / name
        tool.write_text(text.format(python=sys.executable))
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(tools.sys, "executable", str(tmp_path / "bin/python"))
    (tmp_path / "work").mkdir()
    return tmp_path


def refused(message, *arguments, **options):
    with pytest.raises(ToolError, match=f"^{re.escape(message)}$"):
        run_tool(*arguments, **options)


def test_a_tool_on_the_path_is_found(place):
    assert find_tool("says") == str(place / "tools/says")


def test_a_tool_beside_this_python_comes_before_one_on_the_path(place):
    own = place / "bin/says"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert find_tool("says") == str(own)


def test_a_missing_tool_says_how_to_get_it(place):
    message = "nextpnr must be installed to build for boards: pip install 'ohmloom[boards]'"
    with pytest.raises(ToolError, match=f"^{re.escape(message)}$"):
        find_tool("nextpnr")
    refused(message, ("nextpnr", "--help"), place / "work", log="x.log")
    assert list((place / "work").iterdir()) == []


def test_a_tool_runs_in_the_folder_and_its_output_goes_to_the_log(place):
    run_tool(("says", "a b", "*", "$HOME"), place / "work", log="says.log")
    lines = (place / "work/says.log").read_text().splitlines()
    assert sorted(lines) == sorted([str((place / "work").resolve()), "a b|*|$HOME", "to stderr"])


def test_a_tool_without_a_log_shows_its_output(place, capfd):
    run_tool(("says", "x"), place / "work")
    shown = capfd.readouterr()
    assert shown.out.splitlines() == [str((place / "work").resolve()), "x"]
    assert shown.err == "to stderr\n"
    assert list((place / "work").iterdir()) == []


def test_a_tool_that_fails_is_an_error_with_its_last_lines(place):
    last = "\n".join(f"line {number}" for number in range(18, 30))
    message = f"fails must end well, not with status 3:\n{last}"
    refused(message, ("fails",), place / "work", log="fails.log")
    assert len(Path(place / "work/fails.log").read_text().splitlines()) == 31


@pytest.mark.parametrize("log", [None, "mute.log"])
def test_a_tool_that_fails_without_a_word_is_an_error(place, log):
    refused("mute must end well, not with status 7", ("mute",), place / "work", log=log)
