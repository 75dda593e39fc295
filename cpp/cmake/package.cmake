# What an installed package gives to C and C++ users: libtidegate.a (and the shared library if it
# was asked for), the public headers, a CMake config and a pkg-config file that find them relative to
# themselves, in a wheel as well as under a prefix.

include_guard()
include(CMakePackageConfigHelpers)

if(SKBUILD)
  set(root ${SKBUILD_PROJECT_NAME}/)
else()
  set(root "")
endif()
set(config_dir ${root}lib/cmake/tidegate)

install(TARGETS tidegate EXPORT tidegate-targets
  ARCHIVE DESTINATION ${root}lib
  INCLUDES DESTINATION ${root}include)
if(TIDEGATE_SHARED)
  install(TARGETS tidegate_shared EXPORT tidegate-targets
    LIBRARY DESTINATION ${root}lib
    INCLUDES DESTINATION ${root}include)
endif()
configure_file(cpp/cmake/tidegate.pc.in ${CMAKE_CURRENT_BINARY_DIR}/tidegate.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tidegate.pc DESTINATION ${root}lib/pkgconfig)
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/cpp/include/tidegate)
  install(DIRECTORY cpp/include/tidegate DESTINATION ${root}include)
endif()
if(SKBUILD)
  # The C that Model.export("model.c") writes out, from the files that the kernels include.
  file(GLOB c_files CONFIGURE_DEPENDS cpp/export/*.h)
  install(FILES ${c_files} cpp/kernels/activations_f32.h cpp/kernels/gates.h
    DESTINATION ${root}c_source)
endif()
install(EXPORT tidegate-targets NAMESPACE tidegate:: DESTINATION ${config_dir})
configure_package_config_file(cpp/cmake/tidegate-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/tidegate-config.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tidegate-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/tidegate-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/tidegate-config-version.cmake
  DESTINATION ${config_dir})
