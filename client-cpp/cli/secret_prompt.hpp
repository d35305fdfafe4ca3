#pragma once

#include <cstddef>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace sesame::cli {

/// Asks on the terminal, without showing what is typed. Where there is none, reads a line from
/// stdin. Fails with Interrupted or Io.
Result<SecretText> ask_for_secret(const char* prompt, std::size_t most);

}  // namespace sesame::cli
