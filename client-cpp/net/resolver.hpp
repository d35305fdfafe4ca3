#pragma once

#include <vector>

#include <sys/socket.h>

#include "base/host_port.hpp"
#include "base/result.hpp"
#include "net/wait.hpp"

namespace sesame::net {

/// Which addresses of a host may be used.
enum class Family { Any, V4, V6 };

/// One address as the socket calls want it.
struct Address {
  sockaddr_storage storage;
  socklen_t length;

  [[nodiscard]] int family() const { return storage.ss_family; }
};

/// The addresses of a host, in the order to try them: the system's, with the two families taking
/// turns. Fails with Resolve, Timeout or Interrupted, or with Malformed when the host is an address
/// of the other family.
Result<std::vector<Address>> resolve(const HostPort& server, Family family,
                                     Clock::time_point deadline);

}  // namespace sesame::net
