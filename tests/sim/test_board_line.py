import os
import re
import socket
import time

import pytest
import serial

from ohmloom_sim.board_line import BoardLine

BAUD = 1_000_000


@pytest.fixture
def line():
    end, keep = os.pipe()
    made = BoardLine(0, end, BAUD)
    made.keep = keep
    yield made
    made.close()
    os.close(end)
    if made.keep is not None:
        os.close(made.keep)


def received(line, count, most_seconds=10.0):
    data = b""
    deadline = time.monotonic() + most_seconds
    while len(data) < count:
        assert time.monotonic() < deadline, data
        data += line.receive(0.1)
    return data


def connect(line):
    client = socket.create_connection(("127.0.0.1", line.port))
    client.settimeout(10)
    line.receive(10)
    return client


def test_bytes_go_both_ways_over_tcp(line):
    with connect(line) as client:
        client.sendall(bytes(range(256)))
        assert received(line, 256) == bytes(range(256))
        line.send(b"\0\xff\r\n")
        assert client.recv(100) == b"\0\xff\r\n"


def test_bytes_go_both_ways_over_the_terminal(line):
    far = os.open(line.terminal, os.O_RDWR | os.O_NOCTTY)
    data = bytes(range(256))
    os.write(far, data)
    assert received(line, 256) == data
    line.send(data)
    assert os.read(far, 256) == data
    os.close(far)


def test_a_client_that_leaves_makes_room_for_the_next(line):
    with connect(line) as client:
        client.sendall(b"half a fra")
        assert received(line, 10) == b"half a fra"
    assert line.receive(10) == b""
    line.send(b"to nobody")
    with connect(line) as client:
        client.sendall(b"next")
        assert received(line, 4) == b"next"
        line.send(b"answer")
        assert client.recv(100) == b"answer"
    assert not line.ended


def test_a_second_client_is_turned_away(line):
    with connect(line) as client:
        other = connect(line)
        assert other.recv(1) == b""
        other.close()
        client.sendall(b"mine")
        assert received(line, 4) == b"mine"


def test_only_this_machine_is_listened_to(line):
    assert line._listener.getsockname()[0] == "127.0.0.1"


def test_a_closed_end_ends_the_board(line):
    assert line.receive(0.0) == b""
    assert not line.ended
    os.close(line.keep)
    line.keep = None
    line.receive(10)
    assert line.ended


def test_waiting_takes_no_time_of_the_processor(line):
    before = time.process_time()
    line.receive(0.5)
    assert time.process_time() - before < 0.25


def test_unread_bytes_are_dropped_rather_than_waited_for(line):
    for _ in range(100):
        line.send(bytes(4096))
    assert line.receive(0.0) == b""


def test_a_port_that_is_taken_is_refused(line):
    with pytest.raises(OSError, match=re.escape("Address already in use")):
        BoardLine(line.port, 0, BAUD)


def with_terminal(line, rate, data=b"x"):
    """Send over the terminal as pyserial does; None sets no rate."""
    if rate is None:
        far = os.open(line.terminal, os.O_RDWR | os.O_NOCTTY)
        os.write(far, data)
        assert received(line, len(data)) == data
        os.close(far)
        return
    with serial.Serial(line.terminal, rate) as port:
        port.write(data)
        assert received(line, len(data)) == data


@pytest.mark.parametrize("rate", [9600, 115200, 3_000_000])
def test_the_rate_that_a_client_sets_on_the_terminal_is_known(line, rate):
    assert line.rate == BAUD
    with_terminal(line, rate)
    assert line.rate == rate
    with_terminal(line, BAUD)
    assert line.rate == BAUD


def test_a_client_that_sets_no_rate_has_that_of_the_chip(line):
    with_terminal(line, None)
    assert line.rate == BAUD


def test_bytes_over_tcp_have_the_rate_of_the_chip(line):
    with_terminal(line, 9600)
    with connect(line) as client:
        client.sendall(b"x")
        assert received(line, 1) == b"x"
        assert line.rate == BAUD


def test_rates_without_a_name_pass_for_that_of_the_chip(line):
    with_terminal(line, 12345)
    assert line.rate == BAUD


def test_a_chip_whose_rate_has_no_name_never_finds_another():
    end, keep = os.pipe()
    made = BoardLine(0, end, 12345)
    with_terminal(made, None)
    assert made.rate == 12345
    with_terminal(made, 9600)
    assert made.rate == 12345
    made.close()
    os.close(end)
    os.close(keep)
