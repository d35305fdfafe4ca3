#pragma once

#include <string>

#include "cli/units.hpp"
#include "transfer/retry.hpp"

namespace sesame::cli {

/// `the server did not answer; trying again in 0.8 s (1 of 5)`.
inline std::string retry_text(const transfer::Retry& retry) {
  return retry.reason.message + "; trying again in " + human_duration(retry.delay) + " (" +
         std::to_string(retry.attempt) + " of " + std::to_string(retry.most_attempts) + ")";
}

}  // namespace sesame::cli
