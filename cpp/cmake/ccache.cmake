# A second build of the same sources costs nothing where ccache is installed.

include_guard()

find_program(TIDEGATE_CCACHE ccache)
if(TIDEGATE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TIDEGATE_CCACHE})
endif()
