#pragma once

#include <functional>

#include "base/host_port.hpp"
#include "base/result.hpp"
#include "net/connection.hpp"
#include "net/resolver.hpp"

namespace sesame::net {

/// Is told of an address just before a connection to it is tried, and gives how long to wait then.
using BeforeAttempt = std::function<Duration(const Address&)>;

/// A connection to the first address of the server that answers. Each address is given a head start
/// before the next is tried beside it (the idea of RFC 8305), so that one that is dead costs
/// little. Fails with Resolve, Connect, Timeout or Interrupted.
Result<Connection> connect(const HostPort& server, Family family, Duration timeout,
                           const BeforeAttempt& before_attempt = {});

/// To one address.
Result<Connection> connect(const Address& address, Duration timeout);

}  // namespace sesame::net
