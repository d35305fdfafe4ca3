#include <cstdio>
#include <exception>

#include "cli/program.hpp"

int main(int argc, char** argv) {
  try {
    return sesame::cli::run_program(argc, argv);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "sesame: %s\n", fault.what());
    return 1;
  }
}
