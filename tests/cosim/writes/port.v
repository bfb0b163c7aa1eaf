// An array port that writes, of one tile of 2 x 2 cells; the bench drives it.
`timescale 1ns / 1ps
module port (
    input wire clk,
    input wire [7:0] array_0__levels,
    input wire [2:0] array_0__op,
    input wire [11:0] array_0__gate,
    input wire [15:0] array_0__width,
    input wire array_0__select,
    input wire array_0__start,
    input wire array_0__row,
    input wire [1:0] array_0__line,
    input wire [11:0] array_0__drive,
    input wire array_0__rails,
    input wire array_0__pulse,
    input wire array_0__done,
    input wire [9:0] array_0__codes,
    input wire array_0__over_range
);
endmodule
