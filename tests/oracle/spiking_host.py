"""A driver's calls on a core in Amaranth's simulator, so that the host code itself is run there."""

from exact_host import Host

from ohmloom_hw.driver import Driver


class ContextDriver:
    """What `SpikingDriver` needs of a `Driver`."""

    def __init__(self, host: Host, ctx):
        self._host, self._ctx = host, ctx
        self.spec, self.table = host.spec, host.table
        self.errors = 0

    async def read(self, address, count):
        words = []
        for index in range(count):
            error, word = await self._host.bus(self._ctx, address + 4 * index)
            assert not error, hex(address + 4 * index)
            words.append(word)
        return words

    async def write(self, address, words):
        for index, word in enumerate(words):
            error, _ = await self._host.bus(self._ctx, address + 4 * index, word)
            assert not error, hex(address + 4 * index)

    async def read_register(self, name):
        return (await self.read(self.table.register(name).offset, 1))[0]

    async def write_register(self, name, word):
        await self.write(self.table.register(name).offset, [word])

    write_checked = Driver.write_checked

    async def load(self, table, levels=None):
        await self._host.load(self._ctx, table)

    async def check_error(self):
        self.errors += 1
