# SPDX-License-Identifier: Apache-2.0
#
# pspnic_verilate(name TOP module SOURCES file... [PARAMS Name=value...] [TRACE] [RANDOM_START]): a static
# library `name` with the class V<name> of V<name>.h, which is `module` as Verilator translates it, assertions
# on. TRACE: with FST waveforms, which cost time even when none is written. RANDOM_START: what no reset sets
# starts as the context's randReset() and randSeed() say, otherwise as zero. Compiled with clang, whose code
# of such models runs 1.3 to 1.6 times as fast as GCC's, and without sanitizers. PSPNIC_VERILATOR tells
# whether it can be used.
find_program(VERILATOR_PROGRAM verilator)
find_program(CLANG_PROGRAM NAMES clang++ clang++-14)
find_path(VERILATOR_INCLUDE verilated.h PATHS /usr/share/verilator/include)
set(PSPNIC_VERILATOR OFF)
if(NOT VERILATOR_PROGRAM OR NOT CLANG_PROGRAM OR NOT VERILATOR_INCLUDE)
  return()
endif()
set(PSPNIC_VERILATOR ON)
set(PSPNIC_VERILATOR_LINT -Wall)
set(PSPNIC_VERILATED_OPT -O3 CACHE STRING "Optimisation of Verilator's code; -O1 compiles sooner")
option(PSPNIC_VERILATED_GATES "S-boxes of gates where a core has them; OFF: tables, which compile sooner" ON)
set(verilated_cxx "${CCACHE_PROGRAM} ${CLANG_PROGRAM}")
string(STRIP "${verilated_cxx}" verilated_cxx)

# Verilator's run-time support, part of each library's link. Not by clang: it would leave out destructors of
# standard containers that GCC's objects expect here.
set(verilated_objects)
foreach(source verilated verilated_threads verilated_fst_c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CCACHE_PROGRAM} ${CMAKE_CXX_COMPILER} -std=c++17 -O2 -fPIC -w -DVM_COVERAGE=0 -DVM_SC=0
            -DVM_TRACE=1 -DVM_TRACE_FST=1 -DVM_TRACE_VCD=0
            -I${VERILATOR_INCLUDE} -I${VERILATOR_INCLUDE}/vltstd -I${VERILATOR_INCLUDE}/gtkwave
            -c ${VERILATOR_INCLUDE}/${source}.cpp -o ${object}
    VERBATIM)
  list(APPEND verilated_objects ${object})
endforeach()
add_custom_target(verilated_objects DEPENDS ${verilated_objects})
find_package(Threads REQUIRED)

# Sets `variable` to the sources that a list names, as Verilator's -F reads it.
function(pspnic_read_sources variable list)
  set(sources)
  cmake_path(ABSOLUTE_PATH list NORMALIZE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
  cmake_path(GET list PARENT_PATH folder)
  file(STRINGS ${list} lines REGEX "^[^/]")
  foreach(line ${lines})
    if(line MATCHES "^-F (.*)")
      pspnic_read_sources(more ${folder}/${CMAKE_MATCH_1})
      list(APPEND sources ${more})
    else()
      cmake_path(APPEND folder ${line} OUTPUT_VARIABLE source)
      cmake_path(NORMAL_PATH source)
      list(APPEND sources ${source})
    endif()
  endforeach()
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()

function(pspnic_verilate name)
  cmake_parse_arguments(ARG "TRACE;RANDOM_START" "TOP" "SOURCES;PARAMS" ${ARGN})
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(library ${directory}/V${name}__ALL.a)
  set(unknown fast)
  if(ARG_RANDOM_START)
    set(unknown unique)
  endif()
  set(options --cc --top-module ${ARG_TOP} --prefix V${name} --Mdir ${directory} -O3 --assert
              --x-assign ${unknown} --x-initial ${unknown} ${PSPNIC_VERILATOR_LINT})
  if(ARG_TRACE)
    list(APPEND options --trace-fst --trace-structs)
  endif()
  if(NOT PSPNIC_VERILATED_GATES)
    list(FILTER ARG_PARAMS EXCLUDE REGEX "Table=0$")
  endif()
  foreach(param ${ARG_PARAMS})
    list(APPEND options -G${param})
  endforeach()
  # Named from here, so that no path of this checkout gets into the code: ccache knows it in another one.
  set(relative_sources)
  set(sources)
  foreach(source ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE absolute_source NORMALIZE)
    cmake_path(RELATIVE_PATH absolute_source OUTPUT_VARIABLE source)
    list(APPEND sources ${absolute_source})
    list(APPEND relative_sources ${source})
  endforeach()
  add_custom_command(OUTPUT ${library}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
    COMMAND ${VERILATOR_PROGRAM} ${options} ${relative_sources}
    COMMAND make -s -C ${directory} -f V${name}.mk V${name}__ALL.a "CXX=${verilated_cxx}"
            "OPT_FAST=${PSPNIC_VERILATED_OPT} -fPIC" "OPT_GLOBAL=${PSPNIC_VERILATED_OPT} -fPIC"
            "OPT_SLOW=-O1 -fPIC"
    DEPENDS ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    COMMENT "Verilating ${name}"
    VERBATIM)
  add_custom_target(${name}_verilated DEPENDS ${library})
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_verilated verilated_objects)
  target_include_directories(${name} SYSTEM INTERFACE ${directory} ${VERILATOR_INCLUDE})
  target_compile_definitions(${name} INTERFACE VM_COVERAGE=0 VM_SC=0)
  target_link_libraries(${name} INTERFACE ${library} ${verilated_objects} Threads::Threads atomic z)
endfunction()
