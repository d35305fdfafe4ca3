#include "net/datagram.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace sesame::net {
namespace {

Error no_way_to(const Address& address, int errno_value) {
  return {ErrorCode::Connect,
          error_from_errno(errno_value, "nothing can be sent to " + to_string(address)).message};
}

}  // namespace

Result<Datagram> Datagram::to(const Address& address) {
  UniqueFd socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (!socket.is_open() || ::connect(socket.get(), where, address.length) != 0) {
    return no_way_to(address, errno);
  }
  return Datagram(std::move(socket), address);
}

Result<IpAddress> Datagram::source() const {
  return local_address_of(socket_.get());
}

Status Datagram::send(ByteView message) const {
  const ssize_t sent = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(message.size())) return no_way_to(address_, errno);
  return {};
}

Result<IpAddress> local_address_of(int socket) {
  Address local{{}, sizeof(sockaddr_storage)};
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0) {
    return error_from_errno(errno, "getsockname");
  }
  return IpAddress::of(local);
}

}  // namespace sesame::net
