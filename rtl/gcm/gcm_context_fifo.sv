// SPDX-License-Identifier: Apache-2.0
// Contexts of the packets whose first block is in AES: from the front end to the back end, in order. What is
// pushed in cycle t can be popped from t + 1 on.
//
// Eight are enough for the smallest packets of all, whose two blocks make one context for every two of AES's
// stages, 14 at most; only packets that AES never sees (illegal ones) can fill it.
module gcm_context_fifo #(
  parameter int Depth = 8  // a power of two
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic push_i,
  input  logic [gcm_pkg::ContextBits-1:0] push_context_i,
  output logic full_o,
  input  logic pop_i,
  output logic valid_o,
  output logic [gcm_pkg::ContextBits-1:0] context_o
);
  localparam int PointerBits = $clog2(Depth);
  localparam int CountBits   = PointerBits + 1;

  logic [gcm_pkg::ContextBits-1:0] contexts_q [Depth];
  logic [PointerBits-1:0] write_q, read_q;
  logic [CountBits-1:0]   count_q;

  assign full_o    = count_q == CountBits'(Depth);
  assign valid_o   = count_q != '0;
  assign context_o = contexts_q[read_q];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else begin
      if (push_i) write_q <= write_q + PointerBits'(1);
      if (pop_i) read_q <= read_q + PointerBits'(1);
      if (push_i != pop_i) count_q <= push_i ? count_q + CountBits'(1) : count_q - CountBits'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) contexts_q[write_q] <= push_context_i;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!push_i || !full_o) else $error("context FIFO overflows");
      assert (!pop_i || valid_o) else $error("context FIFO runs empty");
    end
  end
`endif
endmodule
