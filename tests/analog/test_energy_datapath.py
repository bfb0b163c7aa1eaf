import pytest

from ohmloom_analog.energy_datapath import DATAPATHS, Datapath


@pytest.mark.parametrize(
    ("memory", "size", "reuse", "percent"),
    [
        # The memory wall, as Horowitz's table gives it.
        ("sram", 1, 1, 84),
        ("sram", 2, 1, 92),
        ("dram", 1, 100, 88),
        ("dram", 1, 1000, 41),
    ],
)
def test_memory_takes_most_of_a_mac(memory, size, reuse, percent):
    path = Datapath(memory=memory, bytes_per_mac=size, reuse=reuse)
    assert round(100 * path.memory_share()) == percent
    assert path in DATAPATHS


def test_without_reuse_dram_takes_all_but_a_thousandth():
    assert round(100 * Datapath(memory="dram", bytes_per_mac=1).memory_share(), 1) == 99.9


def test_a_mac_without_memory_is_its_arithmetic():
    path = Datapath(memory="sram", bytes_per_mac=0)
    assert path.mac_energy() == pytest.approx(0.23e-12)
    assert path.memory_share() == 0


def test_assumption_is_in_words():
    assert DATAPATHS[1].assumption == "2 bytes a MAC from an SRAM of 8 KB, no reuse"
    assert DATAPATHS[4].assumption == "1 byte a MAC from DRAM, each access serves 1,000 MACs"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bytes_per_mac": -1}, r"^bytes_per_mac must be finite and at least 0, not -1$"),
        ({"reuse": 0.5}, r"^reuse must be finite and at least 1, not 0.5$"),
    ],
)
def test_what_is_no_traffic_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Datapath(**{"memory": "sram", "bytes_per_mac": 1, **change})
