// Plays a file of bytes into the link, serves its bus from a memory, and writes down what happens.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "Vendpoint.h"
#include "verilated.h"

static const long MOST_IDLE = 20000;

// Verilator writes a second underscore as ___05F.
static Vendpoint *dut;
static std::unordered_map<uint32_t, uint32_t> memory;
static FILE *writes, *replies;
static uint32_t seed = 1;
static int stall = -1;

static uint32_t draw() {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static void tick(int byte) {
    dut->received___05Fvalid = byte >= 0;
    dut->received___05Fpayload = byte >= 0 ? byte : 0;
    dut->sent___05Fready = draw() % 2;
    dut->bus___05Fack = 0;
    dut->eval();
    if (dut->bus___05Fstb) {
        if (stall < 0) stall = draw() % 4;
        if (stall-- == 0) {
            // Word addresses below 0x1000 can be written; 0xffc is refused, as what isn't a word's.
            uint32_t address = dut->bus___05Faddr;
            bool refused = address == 0xffc || address % 4;
            dut->bus___05Fack = 1;
            dut->bus___05Ferr = refused;
            dut->bus___05Fr_data = memory[address];
            if (dut->bus___05Fwrite && !refused) {
                memory[address] = dut->bus___05Fw_data;
                fprintf(writes, "%x %x\n", address, dut->bus___05Fw_data);
            }
            stall = -1;
        }
    }
    dut->eval();
    if (dut->sent___05Fvalid && dut->sent___05Fready) fputc(dut->sent___05Fpayload, replies);
    dut->clk = 1;
    dut->eval();
    dut->clk = 0;
    dut->eval();
}

int main(int, char **argv) {
    FILE *stimulus = fopen(argv[1], "rb");
    writes = fopen(argv[2], "w");
    replies = fopen(argv[3], "wb");
    if (!stimulus || !writes || !replies) return 2;
    dut = new Vendpoint;
    dut->rst = 1;
    dut->clk = 0;
    for (int n = 0; n < 4; n++) tick(-1);
    dut->rst = 0;
    // Each piece: whether to wait for rest after it, its length in two bytes, its bytes.
    for (int wait; (wait = fgetc(stimulus)) != EOF;) {
        int length = fgetc(stimulus);
        length |= fgetc(stimulus) << 8;
        for (int n = 0; n < length; n++) {
            tick(fgetc(stimulus));
            for (uint32_t gap = draw() % 4; gap; gap--) tick(-1);
        }
        tick(-1);
        long idle = 0;
        while (wait && dut->busy) {
            tick(-1);
            if (++idle == MOST_IDLE) {
                fprintf(stderr, "the link must come to rest\n");
                return 1;
            }
        }
    }
    fprintf(stdout, "%u %u %u\n", dut->crc_errors, dut->frame_errors, dut->repeats);
    fclose(writes);
    fclose(replies);
    return 0;
}
