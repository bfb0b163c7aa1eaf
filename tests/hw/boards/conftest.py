"""Ports of the tops of boards, from the Verilog that is built from them."""

import functools
import re
from collections.abc import Callable

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.boards.board import load_board
from ohmloom_hw.boards.board_top import board_verilog

SMALL = {"tile": [{"rows": 2, "columns": 1}]}


@functools.cache
def _ports(name: str) -> frozenset[str]:
    board = load_board(name)
    spec = board.fit(ChipSpec.parse(SMALL))
    text = board_verilog(board, spec, board.features)
    header = re.search(r"^module board\((.*?)\);", text, re.MULTILINE | re.DOTALL)
    assert header is not None
    return frozenset(port.strip() for port in header[1].split(","))


@pytest.fixture
def board_ports() -> Callable[[str], frozenset[str]]:
    """Return a function from the name of a board to the ports of its top module."""
    return _ports
