import yaml

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features


def test_core_names_the_files_that_are_beside_it(tmp_path):
    spec = ChipSpec.parse({"tile": [{"rows": 4, "columns": 2}], "name": "Small Chip-2"})
    files = emit(spec, tmp_path, features=Features(bus="apb", link="uartbone"))
    first, _, rest = files.core.read_text().partition("\n")
    core = yaml.safe_load(rest)
    assert first == "CAPI=2:"
    assert core["name"] == "ohmloom:chip:small_chip_2:0"
    assert all((tmp_path / name).is_file() for name in core["filesets"]["rtl"]["files"])
    assert set(core["targets"]) == {"default", "lint", "sim"}
    for target in core["targets"].values():
        assert target["toplevel"] == TOP
        assert set(target["filesets"]) <= set(core["filesets"])
    assert core["targets"]["sim"]["tools"]["icarus"]["iverilog_options"] == ["-g2005"]
