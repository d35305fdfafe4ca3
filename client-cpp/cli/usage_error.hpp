#pragma once

#include <string>

#include "base/error.hpp"

namespace sesame::cli {

/// What the command line asks for cannot be; `command` is the one whose help says what can.
inline Error usage_error(const std::string& command, const std::string& message) {
  return {ErrorCode::Malformed, message + " (see 'sesame " + command + " --help')"};
}

}  // namespace sesame::cli
