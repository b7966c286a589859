// SPDX-License-Identifier: Apache-2.0
// The S-box of AES (SubBytes of one byte), combinational. Table: looked up, which simulates fast. Otherwise
// gates: the inverse in GF(2^8) goes down to GF(2^4) and GF(2^2), each a normal basis over the next.
//   A byte is c(a Y^16 + b Y) with a, b in GF(2^4), Y = 42h (trace 1, norm EDh) and c = 0Ch; its inverse is
//   (b Y^16 + a Y) / (c t) with t = ab + EDh(a+b)^2, so that one inverse in GF(2^4) does.
// Products in GF(2^4) (basis Z^4, Z with Z = 5Ch, each coordinate over W^2, W with W a cube root of 1) take
// nine ANDs, between the nine sums of coordinates that Karatsuba's method names. The sums of the byte that
// comes in, and those that turn the products into the byte that goes out (with the affine step), share their
// terms: 18 and 27 XORs, the fewest found over all such Y, Z and c.
module aes_sbox #(
    parameter bit Table = 1
) (
    input  logic [7:0] in_i,
    output logic [7:0] out_o
);
  if (Table) begin : gen_table
    assign out_o = aes_pkg::sub_byte(in_i);
  end else begin : gen_gates
    // Sums of the coordinates of a, b and d, and products, bit 8...0: coordinate 3, 2, 3+2, 1, 0, 1+0, 3+1,
    // 2+0, 3+2+1+0.
    logic [8:0] sa, sb, sd;
    logic [3:0] t, d;

    // Not expanded at every instance: a C++ compiler would take minutes over a pipeline of them.
    function automatic logic [17:0] sums(input logic [7:0] x);
      // verilator no_inline_task
      logic [8:0] a, b;
      logic [1:0] v;
      a[4] = x[3];
      b[1] = x[7];
      b[6] = x[4] ^ x[5];
      a[3] = x[0] ^ x[5];
      a[7] = x[2] ^ x[5];
      a[5] = x[3] ^ a[3];
      a[1] = x[3] ^ a[7];
      v[0] = x[1] ^ x[6];
      v[1] = x[7] ^ v[0];
      a[8] = x[3] ^ v[1];
      a[6] = a[7] ^ a[8];
      a[2] = a[3] ^ v[1];
      b[4] = x[4] ^ a[8];
      b[7] = x[7] ^ b[4];
      a[0] = a[1] ^ a[2];
      b[8] = b[6] ^ b[7];
      b[0] = x[1] ^ a[0];
      b[3] = b[6] ^ b[0];
      b[5] = b[4] ^ b[3];
      b[2] = b[8] ^ b[5];
      sums = {a, b};
    endfunction

    // The byte from the products p = db and q = da.
    function automatic logic [7:0] gather(input logic [8:0] p, input logic [8:0] q);
      // verilator no_inline_task
      logic [13:0] u;
      logic [7:0] s;
      u[0] = p[4] ^ p[2];
      u[1] = p[3] ^ u[0] ^ p[1];
      u[2] = p[7] ^ p[2];
      u[3] = q[4] ^ u[1];
      u[4] = p[8] ^ u[2];
      u[5] = p[6] ^ p[1] ^ u[2];
      u[6] = q[3] ^ u[3] ^ q[2] ^ u[5];
      u[7] = p[5] ^ u[0] ^ u[4];
      u[8] = q[1] ^ u[6];
      u[9] = u[7] ^ u[8];
      u[10] = p[0] ^ u[4];
      u[11] = q[8] ^ u[10];
      u[12] = q[0] ^ u[11];
      u[13] = q[7] ^ u[7];
      s[7] = q[5] ^ u[3] ^ u[11] ^ u[13];
      s[6] = q[6] ^ u[6] ^ u[12];
      s[5] = u[9];
      s[4] = u[8];
      s[3] = q[2] ^ u[12] ^ u[13];
      s[2] = u[1];
      s[1] = u[10];
      s[0] = u[5] ^ u[9];
      gather = s ^ 8'h63;
    endfunction

    assign {sa, sb} = sums(in_i);

    // Where a product xy and x+y both enter, x|y does.
    assign t[3] = (sa[8] | sb[8]) ^ (sa[6] | sb[6]) ^ (sa[1] & sb[1]) ^ (sa[0] | sb[0]);
    assign t[2] = (sa[7] | sb[7]) ^ (sa[6] | sb[6]) ^ (sa[2] & sb[2]) ^ (sa[1] | sb[1]);
    assign t[1] = (sa[5] | sb[5]) ^ (sa[3] & sb[3]) ^ (sa[1] | sb[1]) ^ (sa[0] | sb[0]);
    assign t[0] = (sa[4] & sb[4]) ^ (sa[3] | sb[3]) ^ (sa[2] | sb[2]) ^ (sa[1] | sb[1]);

    // The inverse in GF(2^4), scaled for the basis in which the result leaves.
    always_comb begin
      case (t)
        4'h0: d = 4'h0; 4'h1: d = 4'h9; 4'h2: d = 4'h7; 4'h3: d = 4'he;
        4'h4: d = 4'h4; 4'h5: d = 4'hb; 4'h6: d = 4'ha; 4'h7: d = 4'h2;
        4'h8: d = 4'hc; 4'h9: d = 4'h1; 4'ha: d = 4'h6; 4'hb: d = 4'h5;
        4'hc: d = 4'h8; 4'hd: d = 4'hf; 4'he: d = 4'h3; default: d = 4'hd;
      endcase
    end
    assign sd    = {d[3], d[2], d[3] ^ d[2], d[1], d[0], d[1] ^ d[0], d[3] ^ d[1], d[2] ^ d[0], ^d};
    assign out_o = gather(sd & sb, sd & sa);
  end
endmodule
