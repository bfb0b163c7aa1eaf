// A pin that toggles when it is told to, a pin that comes back, and an inverter between two others.
`timescale 1ns / 1fs
module loop (
    input  wire toggle,
    output reg  drive,
    input  wire back,
    output reg  seen,
    input  wire ring_in,
    output reg  ring_out
);
    initial begin
        drive = 0;
        seen = 0;
        ring_out = 0;
    end
    always @(toggle) drive <= toggle;
    always @(back) seen <= back;
    always @(ring_in) ring_out <= ~ring_in;
endmodule
