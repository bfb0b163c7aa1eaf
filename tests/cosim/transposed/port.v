// An array port with transposed reads, of one tile of 3 rows and 2 lines; the bench drives it.
`timescale 1ns / 1ps
module port (
    input wire clk,
    input wire [11:0] array_0__levels,
    input wire [7:0] array_0__line_levels,
    input wire [2:0] array_0__op,
    input wire array_0__select,
    input wire array_0__start,
    input wire array_0__done,
    input wire [19:0] array_0__codes,
    input wire [1:0] array_0__over_range
);
endmodule
