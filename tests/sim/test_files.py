import re

import numpy as np
import pytest

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.files import read_array, replaced, write_array, write_json


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
@pytest.mark.parametrize(
    "values", [[[1.5, -2.0], [1e-9, 0.1]], [[3, -4, 5]], [[1], [2], [3]], [[0.0]]]
)
def test_matrix_survives_writing_and_reading(tmp_path, suffix, values):
    path = tmp_path / f"a{suffix}"
    write_array(path, np.array(values))
    assert read_array(path, "matrix").tolist() == values


def test_vector_is_one_line_of_csv(tmp_path):
    path = tmp_path / "v.csv"
    write_array(path, np.array([1, 2, 3]))
    assert path.read_text() == "1,2,3\n"


def test_folder_of_an_output_is_made_and_nothing_else_is_left(tmp_path):
    write_json(tmp_path / "a" / "b.json", {"x": 1})
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.json"]


def test_failure_while_writing_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def write() -> None:
        with replaced(path) as beside:
            beside.write_text("half")
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match=r"^broken$"):
        write()
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_output_under_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "y.npy"
    message = f"'{path}' can't be written: File exists"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        write_array(path, np.zeros(2))


def test_other_format_is_refused(tmp_path):
    path = tmp_path / "a.mat"
    message = f"matrix must be a file ending in .npy or .csv, not '{path}'"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        read_array(path, "matrix")


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    message = f"matrix must be an existing file, not '{path}'"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        read_array(path, "matrix")


def test_words_in_csv_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n3,four\n")
    message = f"matrix '{path}' can't be read: could not convert string to float: 'four'"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        read_array(path, "matrix")


def test_ragged_csv_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n3\n")
    message = f"matrix '{path}' can't be read: row 1 must have 2 numbers, not 1"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        read_array(path, "matrix")


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_nothing_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".npy":
        np.save(path, np.zeros((0, 3)))
    else:
        path.write_text("\n")
    with pytest.raises(OhmloomError, match=r"must hold at least one number, not the shape \(0, "):
        read_array(path, "matrix")


def test_complex_numbers_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([1j]))
    message = f"matrix '{path}' must hold real numbers, not complex128"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        read_array(path, "matrix")


def test_pickled_objects_are_not_loaded(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(OhmloomError, match="can't be read: Object arrays cannot be loaded"):
        read_array(path, "matrix")
