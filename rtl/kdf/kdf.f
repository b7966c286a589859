// The key derivation unit. For verilator -F
-F ../aes/aes.f
kdf_pkg.sv
psp_kdf_slot.sv
psp_kdf.sv
