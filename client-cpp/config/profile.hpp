#pragma once

#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "base/client_id.hpp"
#include "base/host_port.hpp"
#include "base/result.hpp"

namespace sesame::config {

/// The server that this client belongs to, and who it is there: server.json in the configuration
/// folder.
struct Profile {
  HostPort server;
  Bytes32 pin;  // who must answer there
  ClientId client_id;
  std::string client_name;
  Bytes32 receipt_key;  // whose signatures on receipts count

  friend bool operator==(const Profile&, const Profile&) = default;
};

/// Fails with Malformed, and says which field is at fault.
Result<Profile> parse_profile(std::string_view json);

/// JSON with its line end.
[[nodiscard]] std::string format_profile(const Profile& profile);

}  // namespace sesame::config
