#pragma once

#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "base/host_port.hpp"
#include "base/result.hpp"

namespace sesame::config {

/// What `sesamed enroll NAME` prints for one client (docs/PROTOCOL.md 2.3): where the server is,
/// who it must prove to be, and the right to join it once.
struct JoinLine {
  static constexpr std::string_view scheme = "sesame://";

  HostPort server;
  Bytes32 token;
  Bytes32 pin;

  /// `sesame://HOST:PORT/#TOKEN.PIN`, with white space around it or without. Fails with Malformed;
  /// the message does not repeat the line, which may hold a token that still works.
  static Result<JoinLine> parse(std::string_view line);
};

}  // namespace sesame::config
