from ohmloom_analog.cell_streams import CellStreams


def test_cells_purposes_tiles_and_seeds_have_streams_of_their_own():
    def first(name, row, line, **of):
        return float(CellStreams(**({"seed": 1} | of)).of(name, row, line).random())

    assert first("cycle", 2, 3) == first("cycle", 2, 3)
    others = [
        first("verify", 2, 3),
        first("cycle", 3, 2),
        first("cycle", 2, 3, tile=1),
        first("cycle", 2, 3, seed=2),
    ]
    assert first("cycle", 2, 3) not in others


def test_order_of_the_cells_does_not_matter():
    forth, back = CellStreams(seed=1), CellStreams(seed=1)
    cells = [(0, 0), (0, 1), (1, 0)]
    one = {cell: forth.of("cycle", *cell).random() for cell in cells}
    other = {cell: back.of("cycle", *cell).random() for cell in reversed(cells)}
    assert one == other


def test_stream_goes_on_where_it_was():
    streams = CellStreams(seed=1)
    first = streams.of("cycle", 0, 0).random()
    assert streams.of("cycle", 0, 0).random() != first


def test_places_count_from_the_origin():
    part, whole = CellStreams(seed=1, row=4, line=2), CellStreams(seed=1)
    assert part.of("cycle", 0, 1).random() == whole.of("cycle", 4, 3).random()
