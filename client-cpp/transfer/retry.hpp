#pragma once

#include <chrono>

#include "base/error.hpp"

namespace sesame::transfer {

/// A fault after which a run goes on, by and by.
struct Retry {
  Error reason;
  int attempt;
  int most_attempts;
  std::chrono::milliseconds delay;
};

}  // namespace sesame::transfer
