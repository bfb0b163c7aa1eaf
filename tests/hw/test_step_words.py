import re

import pytest
from amaranth.hdl import Const
from amaranth.lib import data

from ohmloom_analog.codes import Requantiser
from ohmloom_analog.table import Step
from ohmloom_hw.step_words import pack_step, step_layout

STEP = Step(
    tile=0x12,
    rows=0x3456,
    columns=0x789A,
    input_base=0xBCDE,
    output_base=0xF012,
    bias_base=0x3457,
    first=True,
    finish=False,
    result=True,
    signed=False,
    relu=True,
    scale=Requantiser(multiplier=0x89AB, shift=0x2D),
)


def test_step_has_these_words():
    assert pack_step(STEP) == (0x789A1512, 0xBCDE3456, 0x3457F012, 0x002D89AB)


def test_gateware_reads_the_fields_of_a_step_where_they_are_packed():
    word = sum(word << 32 * place for place, word in enumerate(pack_step(STEP)))
    layout = step_layout()
    assert layout.size == 128
    found = data.Const(layout, word)
    for name in ("tile", "rows", "columns", "input_base", "output_base", "bias_base"):
        assert Const.cast(found[name]).value == getattr(STEP, name)
    for name in ("first", "finish", "result", "signed", "relu"):
        assert Const.cast(found[name]).value == getattr(STEP, name)
    assert Const.cast(found["multiplier"]).value == 0x89AB
    assert Const.cast(found["shift"]).value == 0x2D


def test_step_that_does_not_fit_its_words_is_refused():
    fields = {name: getattr(STEP, name) for name in STEP.__slots__} | {"rows": 65536}
    with pytest.raises(ValueError, match=f"^{re.escape('rows must be in [0, 65535], not 65536')}$"):
        pack_step(Step(**fields))
