// SPDX-License-Identifier: Apache-2.0
// Checks the sender of a valid/ready stream: once valid, it stays so with the same payload until taken. No
// logic in hardware; costs a simulator nothing while nothing waits.
module stream_check #(
    parameter int Bits = 1
) (
    input logic            clk_i,
    input logic            rst_ni,
    input logic            valid_i,
    input logic            ready_i,
    input logic [Bits-1:0] payload_i
);
`ifndef SYNTHESIS
  logic waiting_q;
  logic [Bits-1:0] payload_q;

  // Keys are payload: a simulation that has wiped them must not find them here.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waiting_q <= 1'b0;
      payload_q <= '0;
    end else begin
      waiting_q <= valid_i && !ready_i;
      if (valid_i && !ready_i) payload_q <= payload_i;
      else if (waiting_q) payload_q <= '0;
      if (waiting_q) begin
        assert (valid_i) else $error("valid dropped while not ready");
        assert (!valid_i || payload_i === payload_q) else $error("payload changed while not ready");
      end
    end
  end
`else
  logic unused;
  assign unused = ^{clk_i, rst_ni, valid_i, ready_i, payload_i};
`endif
endmodule
