#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/uio.h>

#include "net/datagram.hpp"

namespace sesame::net {
namespace {

constexpr std::size_t most_parts = 4;

Error lost(int errno_value) {
  return {ErrorCode::ConnectionLost, error_from_errno(errno_value, "the connection broke").message};
}

bool would_block(int errno_value) {
  return errno_value == EAGAIN || errno_value == EWOULDBLOCK || errno_value == EINTR;
}

}  // namespace

Result<Connection::Ready> Connection::wait(Interest interest, Clock::time_point deadline,
                                           int wake_fd) {
  const short events = interest == Interest::Read ? POLLIN : POLLIN | POLLOUT;
  std::array<pollfd, 2> both{{{socket_.get(), events, 0}, {wake_fd, POLLIN, 0}}};
  const auto ready = wait_until(std::span(both).first(wake_fd < 0 ? 1 : 2), deadline);
  if (!ready) return ready.error();
  const pollfd& socket = both.front();
  if (*ready == 0) return Error{ErrorCode::Timeout, "the server did not react in time"};
  const bool broken = (socket.revents & (POLLERR | POLLHUP)) != 0;  // reading tells why
  return Ready{(socket.revents & POLLIN) != 0 || broken, (socket.revents & POLLOUT) != 0};
}

Result<std::size_t> Connection::send(std::span<const ByteView> parts) {
  if (parts.size() > most_parts) throw std::length_error("too many parts in one send");
  std::array<iovec, most_parts> vectors{};
  std::ranges::transform(parts, vectors.begin(), [](ByteView part) {
    return iovec{const_cast<std::byte*>(part.data()), part.size()};  // sendmsg only reads
  });
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = parts.size();
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && would_block(errno)) return std::size_t{0};
  if (sent < 0) return lost(errno);
  return static_cast<std::size_t>(sent);
}

Result<std::size_t> Connection::receive(MutableByteView buffer) {
  const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (received < 0 && would_block(errno)) return std::size_t{0};
  if (received < 0) return lost(errno);
  if (received == 0) {
    return Error{ErrorCode::ConnectionLost, "the server closed the connection"};
  }
  return static_cast<std::size_t>(received);
}

void Connection::end_sending() {
  ::shutdown(socket_.get(), SHUT_WR);
}

Result<IpAddress> Connection::source() const {
  return local_address_of(socket_.get());
}

bool Connection::is_readable() const {
  pollfd socket{socket_.get(), POLLIN, 0};
  return ::poll(&socket, 1, 0) > 0;
}

bool Connection::is_closed() const {
  char next = 0;
  const ssize_t peeked = ::recv(socket_.get(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 0 || (peeked < 0 && !would_block(errno));
}

}  // namespace sesame::net
