#pragma once

#include <string>

#include "base/error.hpp"

namespace sesame::transfer::v4 {

/// The server did what no server may: `what` says it, after "the server broke the protocol: ".
inline Error broken_protocol(const std::string& what) {
  return {ErrorCode::UnexpectedResponse, "the server broke the protocol: " + what};
}

}  // namespace sesame::transfer::v4
