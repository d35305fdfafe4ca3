#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/ip_address.hpp"

namespace sesame::net {

/// A way for datagrams to one address. Whether one arrives, nobody says.
class Datagram {
 public:
  /// Fails with Connect where there is no way to that address.
  static Result<Datagram> to(const Address& address);

  /// The address of this machine that they leave with.
  [[nodiscard]] Result<IpAddress> source() const;

  /// Fails with Connect.
  Status send(ByteView message) const;

 private:
  Datagram(UniqueFd socket, const Address& address)
      : socket_(std::move(socket)), address_(address) {}

  UniqueFd socket_;
  Address address_;
};

/// The address of this machine that a socket has.
[[nodiscard]] Result<IpAddress> local_address_of(int socket);

}  // namespace sesame::net
