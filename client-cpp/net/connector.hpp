#pragma once

#include "base/host_port.hpp"
#include "base/result.hpp"
#include "net/connection.hpp"
#include "net/resolver.hpp"

namespace sesame::net {

/// A connection to the first address of the server that answers. Each address is given a head start
/// before the next is tried beside it (the idea of RFC 8305), so that one that is dead costs
/// little. Fails with Resolve, Connect, Timeout or Interrupted.
Result<Connection> connect(const HostPort& server, Family family, Duration timeout);

}  // namespace sesame::net
