// SPDX-License-Identifier: Apache-2.0
// What the parts of the AES-GCM lane tell each other.
package gcm_pkg;

  // Of a result.
  localparam logic [1:0] Ok          = 2'd0;
  localparam logic [1:0] TagMismatch = 2'd1;
  localparam logic [1:0] Illegal     = 2'd2;

  // What an AES block is for: the hash key H, the mask of the tag E(J0), the text.
  localparam logic [1:0] SlotHashKey = 2'd0;
  localparam logic [1:0] SlotMask    = 2'd1;
  localparam logic [1:0] SlotText    = 2'd2;

  // What the back end must know of a packet, in one vector (iverilog 11 knows no structures in packages): a
  // number that only assertions look at, illegal, open, bytes of AAD, bytes of text.
  localparam int NumberBits  = 4;
  localparam int ContextBits = NumberBits + 2 + 14 + 14;

  // What travels through AES with a block, for assertions only: the packet's number, what the block is for.
  localparam int SideBits = NumberBits + 2;
endpackage
