# The list of kernel targets and the flags that each of them, and nothing else, is compiled with.

include_guard()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  set(known_isas scalar avx2 avx512)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(known_isas scalar neon)
elseif(EMSCRIPTEN)
  set(known_isas wasm128)  # every browser has it, and fused multiply-adds in software are no fallback
else()
  set(known_isas scalar)
endif()
set(TIDEGATE_ISAS "${known_isas}" CACHE STRING "Instruction sets to build kernels for")
foreach(isa IN LISTS TIDEGATE_ISAS)
  if(NOT isa IN_LIST known_isas)
    message(FATAL_ERROR "TIDEGATE_ISAS must be of ${known_isas}. Received: ${isa}")
  endif()
endforeach()

set(TIDEGATE_ISA_FLAGS_scalar "")
set(TIDEGATE_ISA_FLAGS_neon "")  # part of every AArch64 processor
set(TIDEGATE_ISA_FLAGS_wasm128 -msimd128)
set(TIDEGATE_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c)
set(TIDEGATE_ISA_FLAGS_avx512
  -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512)

set(TIDEGATE_ISA_FLAGS_avx512_bf16 ${TIDEGATE_ISA_FLAGS_avx512} -mavx512bf16)
set(TIDEGATE_ISA_FLAGS_avx512_vnni ${TIDEGATE_ISA_FLAGS_avx512} -mavx512vnni)
set(TIDEGATE_ISA_FLAGS_neon_dot -march=armv8.2-a+dotprod)

# Fully instrumented, the unrolled kernels take minutes to compile. Memory errors in them are all
# found with address checks as calls; what is left out here are pointer checks that these repeat.
if(TIDEGATE_SANITIZE MATCHES "address")
  set(sanitized_kernel_flags -O1 -fno-sanitize=null,alignment,object-size)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND sanitized_kernel_flags --param=asan-instrumentation-with-call-threshold=0)
  endif()
endif()

# Sets `inference` to the sources of targets/<isa>.cpp and `training` to those that the extension
# adds, widest first: they take longest to compile, so they should start first.
function(tidegate_isa_sources inference training)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/cpp/kernels/targets)
  foreach(isa IN LISTS TIDEGATE_ISAS)
    list(PREPEND first ${folder}/${isa}.cpp)
    if(NOT isa STREQUAL "wasm128")  # inference alone
      list(PREPEND second ${folder}/${isa}_training.cpp)
    endif()
    tidegate_isa_options(${isa} ${folder}/${isa}.cpp ${folder}/${isa}_training.cpp)
  endforeach()
  if(neon IN_LIST TIDEGATE_ISAS)
    list(APPEND first ${folder}/neon_dot.cpp)
    tidegate_isa_options(neon_dot ${folder}/neon_dot.cpp)
  endif()
  if(avx512 IN_LIST TIDEGATE_ISAS)
    list(APPEND first ${folder}/avx512_vnni.cpp)
    tidegate_isa_options(avx512_vnni ${folder}/avx512_vnni.cpp)
    list(PREPEND second ${folder}/avx512_bf16.cpp)
    tidegate_isa_options(avx512_bf16 ${folder}/avx512_bf16.cpp)
  endif()
  set(${inference} ${first} PARENT_SCOPE)
  set(${training} ${second} PARENT_SCOPE)
endfunction()

function(tidegate_isa_options isa)
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_OPTIONS "${TIDEGATE_ISA_FLAGS_${isa}};${sanitized_kernel_flags}")
endfunction()

# TIDEGATE_WITH_<ISA> for those who choose between them.
function(tidegate_isa_definitions target)
  foreach(isa IN LISTS TIDEGATE_ISAS)
    string(TOUPPER TIDEGATE_WITH_${isa} definition)
    target_compile_definitions(${target} PRIVATE ${definition})
  endforeach()
endfunction()
