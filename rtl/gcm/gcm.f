// The AES-GCM lane. For verilator -F
-F ../aes/aes.f
gcm_pkg.sv
-F ../ghash/ghash.f
gcm_byte_mask.sv
gcm_context_fifo.sv
gcm_front.sv
gcm_back.sv
gcm_lane.sv
