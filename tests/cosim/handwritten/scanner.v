// A controller written by hand, without Ohmloom: it takes a vector of four 3-bit inputs, waits for
// the word lines to settle, reads three bit lines one after the other through one converter, and
// keeps their codes.
module scanner (
    input  wire        clk,
    input  wire        rst,
    input  wire        go,
    input  wire [11:0] vector,
    output reg         finished,
    output reg  [23:0] sums,
    output reg         any_clip,
    // the array
    output reg  [11:0] dac,
    output reg  [1:0]  mux,
    output reg         convert,
    input  wire        converted,
    input  wire [7:0]  adc,
    input  wire        clip
);
    parameter SETTLE = 5;

    reg [2:0] wait_count;
    reg [1:0] state;
    localparam IDLE = 0, SETTLING = 1, CONVERTING = 2;

    always @(posedge clk) begin
        convert <= 0;
        if (rst) begin
            state <= IDLE;
            finished <= 0;
            dac <= 0;
            mux <= 0;
            sums <= 0;
            any_clip <= 0;
        end else case (state)
            IDLE: if (go) begin
                dac <= vector;
                mux <= 0;
                wait_count <= 0;
                finished <= 0;
                any_clip <= 0;
                state <= SETTLING;
            end
            SETTLING: begin
                wait_count <= wait_count + 1;
                if (wait_count == SETTLE) begin
                    convert <= 1;
                    state <= CONVERTING;
                end
            end
            CONVERTING: if (converted) begin
                sums <= {adc, sums[23:8]};
                any_clip <= any_clip | clip;
                if (mux == 2) begin
                    finished <= 1;
                    state <= IDLE;
                end else begin
                    mux <= mux + 1;
                    convert <= 1;
                end
            end
        endcase
    end
endmodule
