# Compiler flags of every target of ours, in one place.

include_guard()

# No LTO and no fast-math: a link-time optimiser may move code across ISA borders, and fast-math
# drops NaN. Fused multiply-adds are written out, so the compiler must not invent any.
function(tidegate_flags target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_options(${target} PRIVATE
    -ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  # gcc 12 sees overlapping copies in every string concatenation (its bug 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  if(TIDEGATE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(TIDEGATE_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${TIDEGATE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${TIDEGATE_SANITIZE})
  endif()
endfunction()

# What a program for a small device expects of a library: no exception tables, no type information,
# sections of their own, so that its linker drops what it does not call; and small code wherever it
# is not the kernels that compute.
function(tidegate_embedded_flags target)
  target_compile_options(${target} PRIVATE
    -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "kernels/targets/")
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>")
endfunction()

function(tidegate_threads target)
  find_package(Threads REQUIRED)
  target_link_libraries(${target} PUBLIC Threads::Threads)
endfunction()
