from types import SimpleNamespace

from ohmloom_analog.settling import Settling
from ohmloom_sim.array_figures import ArrayFigures
from ohmloom_sim.report.tables import array_rows


def _figures(**changes):
    fields = {
        "age": 3600.0,
        "temperature": 310.0,
        "cells": 1056,
        "effects": {"p_stuck_lrs": 3, "read_noise": 1056},
        "flagged_cells": 3,
        "array_energy": 5.187e-9,
        "converter_energy": 6.668e-9,
    }
    return SimpleNamespace(array=ArrayFigures(**(fields | changes)))


def test_table_of_arrays_names_effects_and_units():
    assert array_rows(_figures()) == [
        ("age, temperature", "3600 s, 310 K"),
        ("energy of the arrays", "5.187 nJ an inference"),
        ("energy of the ADCs", "6.668 nJ an inference, estimated"),
        ("stuck at LRS", "3 of 1,056 cells"),
        ("read noise", "1,056 of 1,056 cells"),
        ("flagged", "3 of 1,056 cells"),
    ]


def test_reads_in_time_have_a_row_a_tile():
    settling = {2: Settling(lsb=0.25, error=2e-9, largest=1e-6)}
    assert array_rows(_figures(settling=settling))[-1] == (
        "settling error of tile 2, worst",
        "0.25 LSB, 0.002 of the largest",
    )


def test_run_without_arrays_at_hand_has_no_table():
    assert array_rows(SimpleNamespace(array=None)) == []
