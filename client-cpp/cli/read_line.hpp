#pragma once

#include <cstddef>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace sesame::cli {

/// A line without its end, or as much of it as `most` bytes. Fails with Interrupted or Io.
Result<SecretText> read_line(int fd, std::size_t most);

}  // namespace sesame::cli
