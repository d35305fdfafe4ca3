#pragma once

#include <string>

#include "base/secret.hpp"
#include "transfer/v4/endpoint.hpp"

namespace sesame::transfer::v4 {

/// What a server says to a recovery PIN (docs/PROTOCOL.md, part 3).
struct RecoveryAnswer {
  int status = 0;  // 200: this address is free again; 401, 404, 429
  std::string text;
};

/// Sends the PIN over TLS to the knock port of the server that the pin names; `server` has that
/// port. Once: attempts are counted. Fails with Resolve, Connect, ConnectionLost, Timeout,
/// Interrupted, IdentityMismatch, or UnexpectedResponse.
Result<RecoveryAnswer> recover(const HostPort& server, const crypto::Pin& server_pin,
                               net::Family family, net::Duration timeout, const SecretText& pin);

}  // namespace sesame::transfer::v4
