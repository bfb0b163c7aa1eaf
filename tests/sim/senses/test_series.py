import re
from collections import Counter

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError, ToolError
from ohmloom_sim.senses import series as series_module
from ohmloom_sim.senses.series import load_series, read_series

# What the archives that the data sets come from say of them: channels, shortest and longest
# series, and how many samples of each class each part has.
NINE_MEN = [31, 35, 88, 44, 29, 24, 40, 50, 29]
PUBLISHED = {
    "JapaneseVowels": (12, 7, 29, [30] * 9, NINE_MEN),
    "BasicMotions": (6, 100, 100, [10] * 4, [10] * 4),
    "PickupGestureWiimoteZ": (1, 29, 361, [5] * 10, [5] * 10),
}


def refused(kind, message):
    return pytest.raises(kind, match=f"^{re.escape(message)}$")


@pytest.mark.parametrize("name", PUBLISHED)
def test_data_sets_are_as_published(name):
    channels, shortest, longest, *counts = PUBLISHED[name]
    parts = [load_series("t", name, part) for part in ("TRAIN", "TEST")]
    lengths = [one.shape[1] for part in parts for one in part.series]
    assert (min(lengths), max(lengths)) == (shortest, longest)
    for part, expected in zip(parts, counts, strict=True):
        assert part.channels == channels
        found = Counter(part.labels)
        order = sorted(found, key=lambda label: (len(label), label))
        assert [found[label] for label in order] == expected


def test_no_sample_is_in_both_parts():
    for name in PUBLISHED:
        train, test = (
            {one.tobytes() for one in load_series("t", name, part).series}
            for part in ("TRAIN", "TEST")
        )
        assert not train & test


def test_file_is_read_value_by_value(tmp_path):
    path = tmp_path / "a.ts"
    path.write_text("# 1,2:3,4:x\n@classLabel true x y\n@DATA\n1,2.5:-3,4e-1: x\n\n7:8:y\n")
    held = read_series(path)
    assert [one.tolist() for one in held.series] == [[[1, 2.5], [-3, 0.4]], [[7], [8]]]
    assert held.labels == ("x", "y")


@pytest.mark.parametrize("line", ["1,2:3:x", "1,a:x", "1,nan:x", "1,inf:x", "x", ",:x"])
def test_line_that_is_no_sample_is_refused_by_its_number(tmp_path, line):
    path = tmp_path / "a.ts"
    path.write_text(f"@problemName p\n@data\n1:2:y\n{line}\n")
    with refused(
        MappingError,
        f"line 4 of '{path}' must be channels of finite numbers, as many in each, and a class",
    ):
        read_series(path)


@pytest.mark.parametrize("text", ["", "1,2:x\n", "@data\n\n"])
def test_file_without_samples_is_refused(tmp_path, text):
    path = tmp_path / "a.ts"
    path.write_text(text)
    with refused(MappingError, f"'{path}' must hold samples after a line @data, not none"):
        read_series(path)


def test_samples_with_other_channels_are_refused(tmp_path):
    path = tmp_path / "a.ts"
    path.write_text("@data\n1:2:y\n1:y\n")
    with refused(MappingError, f"samples of '{path}' must have the same channels, not [1, 2]"):
        read_series(path)


def test_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr(series_module.importlib.util, "find_spec", lambda name: None)
    with refused(
        ToolError, "task 'basic-motions' needs the extra 'senses': pip install 'ohmloom[senses]'"
    ):
        load_series("basic-motions", "BasicMotions", "TRAIN")


def test_package_without_the_data_set_is_told(tmp_path, monkeypatch):
    package = tmp_path / "aeon"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('it is only read')\n")
    monkeypatch.syspath_prepend(tmp_path)
    path = package / "datasets" / "data" / "Nothing" / "Nothing_TEST.ts"
    with refused(
        ToolError, f"aeon must carry the data set Nothing for task 't', as 1.4 does; no '{path}'"
    ):
        load_series("t", "Nothing", "TEST")


def test_series_are_floats():
    held = load_series("t", "JapaneseVowels", "TRAIN")
    assert held.series[0].dtype == np.float64
    assert held.series[0][0, :3].tolist() == [1.860936, 1.891651, 1.939205]
