// SPDX-License-Identifier: Apache-2.0
// The answers of the key derivation, and its input blocks as the PSP Architecture Specification has them.
package kdf_pkg;

  localparam logic [1:0] Ok = 2'd0;
  localparam logic [1:0] IllegalVersion = 2'd1;
  localparam logic [1:0] NoKey = 2'd2;

  // Counter (1 or 2), label "Pv<version>\0", SPI, length in bits.
  function automatic logic [127:0] input_block(input logic [31:0] spi, input logic [1:0] version,
                                               input logic second);
    input_block = {
      second ? 32'd2 : 32'd1, 24'h507630 | 24'(version), 8'd0, spi, version[0] ? 32'd256 : 32'd128
    };
  endfunction

  // Times x in GF(2^128) as CMAC (NIST SP 800-38B) makes its subkey K1.
  function automatic logic [127:0] double(input logic [127:0] x);
    double = {x[126:0], 1'b0} ^ {120'd0, x[127] ? 8'h87 : 8'h00};
  endfunction

endpackage
