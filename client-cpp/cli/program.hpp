#pragma once

namespace sesame::cli {

/// The whole program: gives its exit code.
int run_program(int argc, char** argv);

}  // namespace sesame::cli
