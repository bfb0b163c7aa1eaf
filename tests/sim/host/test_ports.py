import os
import re
import socket
import tty

import pytest

from ohmloom_analog.errors import LinkError
from ohmloom_sim.host.ports import PortTransport, port_url
from ohmloom_sim.host.session import settle


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("tcp://127.0.0.1:5555", "socket://127.0.0.1:5555"),
        ("tcp://lab-4.example:1", "socket://lab-4.example:1"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("COM3", "COM3"),
    ],
)
def test_ports_are_named_as_pyserial_does(name, url):
    assert port_url(name) == url


@pytest.mark.parametrize("name", ["tcp://", "tcp://host", "tcp://host:", "tcp://:5", "tcp://h:5/x"])
def test_half_an_address_is_refused(name):
    with pytest.raises(
        ValueError, match=f"^TCP port must be tcp://HOST:PORT, not '{re.escape(name)}'$"
    ):
        port_url(name)


def refused(message, work):
    with pytest.raises(LinkError, match=f"^{re.escape(message)}$"):
        work()


def test_a_device_that_is_not_there_is_refused():
    message = "port /dev/no-such-port must open, not fail: no such file or directory"
    refused(message, lambda: PortTransport("/dev/no-such-port", 9600))


def test_a_tcp_port_on_which_nobody_listens_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
    message = f"port tcp://127.0.0.1:{number} must open, not fail: connection refused"
    refused(message, lambda: PortTransport(f"tcp://127.0.0.1:{number}", 9600))


def test_bytes_go_both_ways_over_a_terminal():
    near, far = os.openpty()
    tty.setraw(far)
    line = PortTransport(os.ttyname(far), 115200)
    settle(line.write(b"\0\x01\xff"))
    assert os.read(near, 10) == b"\0\x01\xff"
    os.write(near, b"\r\n\0")
    found = b""
    while len(found) < 3:
        found += settle(line.read(5.0))
    assert found == b"\r\n\0"
    line.close()
    os.close(near)
    os.close(far)


def test_a_terminal_whose_other_end_goes_is_a_line():
    near, far = os.openpty()
    name = os.ttyname(far)
    line = PortTransport(name, 115200)
    os.close(far)
    os.close(near)
    with pytest.raises(LinkError, match=rf"^port {name} must stay connected, not fail: [^\n]+$"):
        settle(line.read(5.0))
    line.close()


def test_a_socket_whose_other_end_goes_is_a_line():
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        line = PortTransport(name, 9600)
        server.accept()[0].close()
        message = f"port {name} must stay connected, not fail: socket disconnected"
        refused(message, lambda: settle(line.read(5.0)))
        line.close()


def test_silence_is_a_refusal_that_names_the_time():
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = PortTransport(f"tcp://127.0.0.1:{server.getsockname()[1]}", 9600)
        client, _ = server.accept()
        message = "a reply must come within 0.05 s, not later"
        refused(message, lambda: settle(line.read(0.05)))
        line.close()
        client.close()
