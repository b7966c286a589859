// GHASH. For verilator -F
clmul.sv
gf128_mul.sv
ghash.sv
