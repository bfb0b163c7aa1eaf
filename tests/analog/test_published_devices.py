import pytest

from ohmloom_analog.energy_published import load_published

# In uS, as aihwkit's laws give them, and CrossSim's fit of the same cells to 1 %.
PUBLISHED = {
    "PCM: error at 0 uS": (0.2635, 1e-3),
    "PCM: error at 2.5 uS": (0.4482, 1e-3),
    "PCM: error at 12.5 uS": (0.9527, 1e-3),
    "PCM: error at 25 uS": (1.0554, 1e-3),
    "PCM, CrossSim's fit: error at 12.5 uS": (0.955, 0.01),
    "PCM, CrossSim's fit: error at 25 uS": (1.066, 0.01),
    "NeuRRAM after 1 s: error at 10 uS": (2.258, 1e-3),
    "NeuRRAM after 1 day: error at 40 uS": (2.651, 1e-3),
    "CMO/HfOx, window of 0.2 %: error at 50 uS": (0.0543, 1e-3),
    "CMO/HfOx, window of 2 %: error at 50 uS": (0.5757, 1e-3),
    "PCM, exponent 0.049: conductance after 3600 s": (19.38, 1e-3),
    "PCM, exponent 0.049: conductance after 3.1536e+07 s": (12.42, 1e-3),
    "PCM: read noise after 0 s": (0.920, 1e-3),
    "PCM: read noise after 86400 s": (0.7425, 1e-3),
}


@pytest.fixture(scope="module")
def figures():
    return {figure.name: figure for figure in load_published("devices").figures}


@pytest.mark.parametrize("name", PUBLISHED)
def test_cells_are_as_published(figures, name):
    published, within = PUBLISHED[name]
    assert figures[name].published == published
    assert figures[name].ours == pytest.approx(published, rel=within)


def test_all_cells_close(figures):
    assert len(figures) == 27
    assert all(figure.closes for figure in figures.values())
