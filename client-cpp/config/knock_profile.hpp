#pragma once

#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "base/client_id.hpp"
#include "base/result.hpp"

namespace sesame::config {

/// With what, and where, this client knocks at the gate of its server: knock.json in the
/// configuration folder. A file of its own, for clients that were enrolled before there was one.
struct KnockProfile {
  Bytes32 pin{};  // of the server that gave the key
  ClientId client_id;
  std::uint16_t port = 0;  // 0: the gate was off when the key was given
  Bytes32 key{};

  friend bool operator==(const KnockProfile&, const KnockProfile&) = default;
};

/// Fails with Malformed, and says which field is at fault; never what is in it.
Result<KnockProfile> parse_knock_profile(std::string_view json);

/// JSON with its line end.
[[nodiscard]] std::string format_knock_profile(const KnockProfile& profile);

}  // namespace sesame::config
