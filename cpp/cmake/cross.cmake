# A toolchain file: Debian's cross compiler of one architecture, and qemu-user to run what it makes.
# TIDEGATE_CROSS is the architecture as both name it: aarch64, s390x, riscv64.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${TIDEGATE_CROSS})
set(CMAKE_CXX_COMPILER ${TIDEGATE_CROSS}-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${TIDEGATE_CROSS} -L /usr/${TIDEGATE_CROSS}-linux-gnu)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TIDEGATE_CROSS)
