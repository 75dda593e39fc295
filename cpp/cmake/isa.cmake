# The list of kernel targets and the flags that each of them, and nothing else, is compiled with.

include_guard()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  set(TIDEGATE_ISAS scalar avx2 avx512_bf16 avx512)
else()
  set(TIDEGATE_ISAS scalar)
endif()

set(TIDEGATE_ISA_FLAGS_scalar "")
set(TIDEGATE_ISA_FLAGS_avx2 -mavx2 -mfma)
set(TIDEGATE_ISA_FLAGS_avx512
  -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512)

set(TIDEGATE_ISA_FLAGS_avx512_bf16 ${TIDEGATE_ISA_FLAGS_avx512} -mavx512bf16)

# Fully instrumented, the unrolled kernels take minutes to compile. Memory errors in them are all
# found with address checks as calls; what is left out here are pointer checks that these repeat.
if(TIDEGATE_SANITIZE MATCHES "address")
  set(sanitized_kernel_flags -O1 -fno-sanitize=null,alignment,object-size)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND sanitized_kernel_flags --param=asan-instrumentation-with-call-threshold=0)
  endif()
endif()

# The sources of all targets, widest first: they take longest to compile, so they should start first.
function(tidegate_isa_sources result)
  foreach(isa IN LISTS TIDEGATE_ISAS)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/cpp/kernels/targets/${isa}.cpp)
    set_source_files_properties(${source} PROPERTIES
      COMPILE_OPTIONS "${TIDEGATE_ISA_FLAGS_${isa}};${sanitized_kernel_flags}")
    list(PREPEND sources ${source})
  endforeach()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()
