// AES. For verilator -F
aes_pkg.sv
../common/stream_check.sv
aes_sbox.sv
aes_key_step.sv
aes_round.sv
aes_stage.sv
aes_pipeline.sv
aes_iterative.sv
