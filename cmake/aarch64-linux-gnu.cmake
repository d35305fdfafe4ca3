# Cross-compiles for 64-bit ARM with Debian's compiler and its arm64 packages (the group arm64 of
# scripts/debian-packages.txt): cmake -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake …
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# What it makes runs here, too, in an emulator.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
