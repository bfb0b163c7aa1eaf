import numpy as np
import pytest

from ohmloom_analog.cells import DeviceCells
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines.netlist import draw, netlist, terminal_names


def test_every_element_is_written_once_in_the_order_of_the_wire_convention():
    crossbar = Crossbar([[1e-3, 0.5e-3]], r_word=1, r_bit=2, r_source=50, r_sense=10)
    assert netlist(crossbar, title="small").splitlines() == [
        "small",
        "vd0 d0 0 0",
        "vs0 s0 0 0",
        "vs1 s1 0 0",
        "ra0 d0 a0 50.0",
        "rw0_0 a0 w0_0 1.0",
        "rw0_1 w0_0 w0_1 1.0",
        "re0 s0 e0 10.0",
        "rb0_0 e0 b0_0 2.0",
        "re1 s1 e1 10.0",
        "rb0_1 e1 b0_1 2.0",
        "rc0_0 w0_0 b0_0 1000.0",
        "rc0_1 w0_1 b0_1 2000.0",
        ".save i(vs0) i(vs1)",
        ".options pivtol=1e-30",
        ".end",
    ]


def test_bit_line_ends_below_its_last_row():
    text = netlist(Crossbar([[1.0], [1.0], [1.0]], r_bit=2.0)).splitlines()
    assert [line for line in text if line.startswith("rb")] == [
        "rb2_0 s0 b2_0 2.0",
        "rb1_0 b2_0 b1_0 2.0",
        "rb0_0 b1_0 b0_0 2.0",
    ]


def test_absent_resistances_merge_nodes_and_absent_cells_are_left_out():
    text = netlist(Crossbar([[0.5, 0.0], [0.25, 1e-310]])).splitlines()
    assert [line for line in text if line.startswith("r")] == ["rc0_0 d0 s0 2.0", "rc1_0 d1 s0 4.0"]


def test_values_keep_every_digit():
    text = netlist(Crossbar([[1 / 3.3]], r_word=0.1 + 0.2))
    assert "rw0_0 d0 w0_0 0.30000000000000004\n" in text
    assert f" {1 / (1 / 3.3)!r}\n" in text


def test_klu_is_asked_for_where_it_exists():
    assert ".options pivtol=1e-30 klu\n" in netlist(Crossbar([[1.0]]), klu=True)


def test_nodes_are_saved_once_each_when_asked_for():
    crossbar = Crossbar(np.ones((2, 2)), r_word=1.0, r_sense=1.0)
    text = netlist(crossbar, nodes=True).splitlines()
    assert ".save v(e0) v(e1) v(w0_0) v(w0_1) v(w1_0) v(w1_1)" in text
    assert terminal_names(crossbar) == (
        ["w0_0", "w0_1", "w1_0", "w1_1"],
        ["e0", "e1", "e0", "e1"],
    )


@pytest.mark.parametrize("lines", [32, 33, 100])
def test_all_outputs_are_saved_on_lines_of_bounded_length(lines):
    saves = [
        line for line in netlist(Crossbar(np.ones((1, lines)))).splitlines() if ".save" in line
    ]
    assert max(len(line) for line in saves) < 500
    saved = " ".join(saves).replace(".save ", "").split()
    assert saved == [f"i(vs{line})" for line in range(lines)]


def test_cell_that_stands_still_is_one_source_and_one_that_moves_a_subcircuit():
    memory = device("vteam-b")
    law = DeviceCells(device=memory, state=memory.from_normalised(np.array([[0.25, 0.5]])))
    crossbar = Crossbar(np.full((1, 2), 1e-5), law=law)
    # 1 kilohm to 300 kilohm, a quarter and half of the way.
    assert draw(crossbar).text == [
        "bc0_0 d0 s0 i=v(d0,s0)/(1000.0+299000.0*(1-0.25))",
        "bc0_1 d0 s1 i=v(d0,s1)/(1000.0+299000.0*(1-0.5))",
    ]
    drawing = draw(crossbar, free=np.array([[False, True]]))
    assert drawing.states == {(0, 1): "q0_1"}
    assert drawing.text[0].startswith(".subckt cell top bottom state ")
    assert drawing.text[1:] == [
        "bc0_0 d0 s0 i=v(d0,s0)/(1000.0+299000.0*(1-0.25))",
        "xc0_1 d0 s1 q0_1 cell x0=0.5 frozen=0",
    ]


def test_cell_whose_current_needs_more_than_its_state_stays_a_subcircuit():
    class Heated:
        name = "heated"
        linear = True

        def subcircuit(self, name):
            return f".subckt {name} top bottom state\nbcell top sensed I=V(hot)\n.ends {name}"

        def normalised(self, state):
            return state["x"]

    law = DeviceCells(device=Heated(), state={"x": np.array([[0.25]])})
    assert draw(Crossbar([[1e-5]], law=law)).text[1:] == [
        "xc0_0 d0 s0 q0_0 cell x0=0.25 frozen=1",
        "vq0_0 q0_0 0 0.25",
    ]
