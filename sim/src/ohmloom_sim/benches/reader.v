// Drives sixteen 8-bit word lines with random codes and reads sixteen bit lines at once, one
// product every 12 clocks, and keeps what it drove and read.
module reader (
    input  wire         clk,
    input  wire         rst,
    input  wire [15:0]  products,
    output reg          finished,
    output reg          late,
    // the array
    output reg  [127:0] levels,
    output wire         select,
    output reg          start,
    input  wire         done,
    input  wire [191:0] codes,
    input  wire [15:0]  over_range
);
    reg [127:0] driven [0:4095];
    reg [207:0] kept [0:4095];
    reg [15:0] product;
    reg [3:0] phase;
    reg answered;
    assign select = 0;

    always @(posedge clk) begin
        start <= 0;
        if (rst) begin
            finished <= 0;
            late <= 0;
            levels <= 0;
            product <= 0;
            phase <= 0;
            answered <= 0;
        end else if (!finished) begin
            phase <= phase == 11 ? 0 : phase + 1;
            if (phase == 0) begin
                levels <= {$random, $random, $random, $random};
                answered <= 0;
            end
            if (phase == 9) start <= 1;
            if (done) begin
                driven[product] <= levels;
                kept[product] <= {over_range, codes};
                answered <= 1;
            end
            if (phase == 11) begin
                if (!answered && !done) late <= 1;
                product <= product + 1;
                if (product + 1 == products) finished <= 1;
            end
        end
    end
endmodule

// The same without an array: each answer is zero, and comes as soon as one of the array's.
module reader_alone (
    input  wire        clk,
    input  wire        rst,
    input  wire [15:0] products,
    output wire        finished,
    output wire        late
);
    wire start;
    reg done;
    always @(posedge clk) done <= rst ? 1'b0 : start;
    reader reader (
        .clk(clk), .rst(rst), .products(products), .finished(finished), .late(late),
        .start(start), .done(done), .codes(192'd0), .over_range(16'd0)
    );
endmodule
