#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/ip_address.hpp"
#include "net/wait.hpp"

namespace sesame::net {

/// One TCP connection. Nothing here blocks but wait(), which a signal interrupts.
class Connection {
 public:
  explicit Connection(UniqueFd socket) : socket_(std::move(socket)) {}

  struct Ready {
    bool readable = false;
    bool writable = false;
  };

  enum class Interest { Read, ReadOrWrite };

  /// Until the peer said something (or closed), or there is room to send if that is of interest, or
  /// `wake_fd` is readable if it is not −1. Fails with Timeout or Interrupted.
  Result<Ready> wait(Interest interest, Clock::time_point deadline, int wake_fd = -1);

  /// Sends as much as there is room for, all parts in one call to the kernel; may be 0 bytes.
  /// Fails with ConnectionLost.
  Result<std::size_t> send(std::span<const ByteView> parts);

  /// Takes what is there, 0 bytes when nothing is. Fails with ConnectionLost, at the end of the
  /// stream too.
  Result<std::size_t> receive(MutableByteView buffer);

  /// We have said everything; what the peer says can still be received.
  void end_sending();

  /// The address of this machine that it leaves with.
  [[nodiscard]] Result<IpAddress> source() const;

  /// Whether something can be read right now: bytes, or the end of the stream.
  [[nodiscard]] bool is_readable() const;

  /// Whether the peer has closed, and everything that it said before that has been received.
  [[nodiscard]] bool is_closed() const;

 private:
  UniqueFd socket_;
};

}  // namespace sesame::net
