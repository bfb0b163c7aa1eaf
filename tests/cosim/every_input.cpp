// Plays a file of bus transactions into the registers of a core, and writes down what is read.
#include <cstdint>
#include <cstdio>

#include "Vcore.h"
#include "verilated.h"

static const int MOST_CYCLES = 10000;

enum { WRITE, READ, WAIT };

// Verilator writes a second underscore as ___05F.
static Vcore *dut;

static void tick() {
    dut->clk = 1;
    dut->eval();
    dut->clk = 0;
    dut->eval();
}

static bool transact(bool write, uint32_t address, uint32_t word, uint32_t *read) {
    dut->bus___05Faddr = address;
    dut->bus___05Fwrite = write;
    dut->bus___05Fw_data = word;
    dut->bus___05Fstb = 1;
    dut->eval();
    for (int cycle = 0; !dut->bus___05Fack; tick())
        if (++cycle == MOST_CYCLES) return false;
    bool refused = dut->bus___05Ferr;
    *read = dut->bus___05Fr_data;
    tick();
    dut->bus___05Fstb = 0;
    return !refused;
}

int main(int, char **argv) {
    FILE *script = fopen(argv[1], "rb"), *answers = fopen(argv[2], "wb");
    if (!script || !answers) return 2;
    dut = new Vcore;
    dut->rst = 1;
    for (int n = 0; n < 4; n++) tick();
    dut->rst = 0;
    // Each transaction: what it is, an address, and a word. One that waits does so until the lowest
    // bit, which says busy, is gone; the three lowest must then be those of the word.
    for (uint32_t step[3]; fread(step, sizeof(uint32_t), 3, script) == 3;) {
        uint32_t word = 0;
        bool well = transact(step[0] == WRITE, step[1], step[2], &word);
        for (int left = MOST_CYCLES; well && step[0] == WAIT && word % 2 && left; left--)
            well = transact(false, step[1], 0, &word);
        if (!well || (step[0] == WAIT && word % 8 != step[2])) {
            fprintf(stderr, "address %x must be taken, or show %x, not %x\n", step[1], step[2], word);
            return 1;
        }
        if (step[0] == READ) fwrite(&word, sizeof(word), 1, answers);
    }
    fclose(answers);
    return 0;
}
