# SPDX-License-Identifier: Apache-2.0
#
# pspnic_verilate(name TOP module SOURCES file... [PARAMS Name=value...] [TRACE]): a static library `name`
# with the class V<name> of V<name>.h, which is `module` as Verilator translates it, assertions on. TRACE:
# with FST waveforms, which cost time even when none is written. Compiled with clang, whose code of such
# models runs 1.3 to 1.6 times as fast as GCC's, and without sanitizers. PSPNIC_VERILATOR tells whether it can
# be used.
find_program(VERILATOR_PROGRAM verilator)
find_program(CLANG_PROGRAM NAMES clang++ clang++-14)
find_path(VERILATOR_INCLUDE verilated.h PATHS /usr/share/verilator/include)
set(PSPNIC_VERILATOR OFF)
if(NOT VERILATOR_PROGRAM OR NOT CLANG_PROGRAM OR NOT VERILATOR_INCLUDE)
  return()
endif()
set(PSPNIC_VERILATOR ON)
# Assertions sample the asynchronous reset: no second use of it in hardware.
set(PSPNIC_VERILATOR_LINT -Wall -Wno-SYNCASYNCNET)
set(verilated_cxx "${CCACHE_PROGRAM} ${CLANG_PROGRAM}")
string(STRIP "${verilated_cxx}" verilated_cxx)

# Verilator's run-time support, part of each library's link.
set(verilated_objects)
foreach(source verilated verilated_threads verilated_fst_c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CCACHE_PROGRAM} ${CLANG_PROGRAM} -std=c++17 -O2 -fPIC -w -DVM_COVERAGE=0 -DVM_SC=0
            -DVM_TRACE=1 -DVM_TRACE_FST=1 -DVM_TRACE_VCD=0
            -I${VERILATOR_INCLUDE} -I${VERILATOR_INCLUDE}/vltstd -I${VERILATOR_INCLUDE}/gtkwave
            -c ${VERILATOR_INCLUDE}/${source}.cpp -o ${object}
    VERBATIM)
  list(APPEND verilated_objects ${object})
endforeach()
add_custom_target(verilated_objects DEPENDS ${verilated_objects})
find_package(Threads REQUIRED)

function(pspnic_verilate name)
  cmake_parse_arguments(ARG "TRACE" "TOP" "SOURCES;PARAMS" ${ARGN})
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(library ${directory}/V${name}__ALL.a)
  set(options --cc --top-module ${ARG_TOP} --prefix V${name} --Mdir ${directory} -O3 --assert
              --x-assign fast --x-initial fast ${PSPNIC_VERILATOR_LINT})
  if(ARG_TRACE)
    list(APPEND options --trace-fst --trace-structs)
  endif()
  foreach(param ${ARG_PARAMS})
    list(APPEND options -G${param})
  endforeach()
  list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
  add_custom_command(OUTPUT ${library}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
    COMMAND ${VERILATOR_PROGRAM} ${options} ${ARG_SOURCES}
    COMMAND make -s -C ${directory} -f V${name}.mk V${name}__ALL.a "CXX=${verilated_cxx}" "OPT_FAST=-O3 -fPIC"
            "OPT_SLOW=-O1 -fPIC" "OPT_GLOBAL=-O3 -fPIC"
    DEPENDS ${ARG_SOURCES}
    COMMENT "Verilating ${name}"
    VERBATIM)
  add_custom_target(${name}_verilated DEPENDS ${library})
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_verilated verilated_objects)
  target_include_directories(${name} SYSTEM INTERFACE ${directory} ${VERILATOR_INCLUDE})
  target_compile_definitions(${name} INTERFACE VM_COVERAGE=0 VM_SC=0)
  target_link_libraries(${name} INTERFACE ${library} ${verilated_objects} Threads::Threads atomic z)
endfunction()
