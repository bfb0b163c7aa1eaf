import numpy as np
import pytest

from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable
from ohmloom_sim.job import Job

SPEC = ChipSpec.parse({"tile": [{"count": 2, "rows": 2, "columns": 3}], "spare_columns": 1})


@pytest.mark.parametrize(
    "places",
    [(), (PlaceMap(columns=(None, 0, 1), rows=(1, 0)), PlaceMap.identity(SPEC))],
)
def test_maps_go_to_the_simulator_and_come_out_as_they_were(places, tmp_path):
    job = Job(
        spec=SPEC,
        table=LayerTable(steps=(), biases=(), inputs=1, outputs=1),
        levels=(np.zeros((2, 6), dtype=np.int64),) * 2,
        inputs=np.ones((1, 1), dtype=np.int64),
        places=places,
    )
    job.save(tmp_path)
    assert Job.load(tmp_path).places == places
