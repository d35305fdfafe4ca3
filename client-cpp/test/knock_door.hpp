#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/bytes.hpp"
#include "base/unique_fd.hpp"
#include "net/ip_address.hpp"

namespace sesame::test {

/// The knock port of a server on loopback: takes what comes, and never answers.
class KnockDoor {
 public:
  explicit KnockDoor(int type = SOCK_DGRAM) : socket_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* where = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(socket_.get(), where, size) == 0 &&
                       (type != SOCK_STREAM || ::listen(socket_.get(), 8) == 0) &&
                       ::getsockname(socket_.get(), where, &size) == 0;
    if (!bound) throw std::runtime_error("no knock port");
    port_ = ntohs(address.sin_port);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Where clients find it.
  [[nodiscard]] net::Address address() const {
    return net::resolve({"127.0.0.1", port_}, net::Family::V4,
                        net::Clock::now() + std::chrono::seconds(5))
        ->front();
  }

  /// A datagram that has come; on loopback it is there when send() has returned.
  [[nodiscard]] std::optional<Bytes> datagram() const {
    Bytes message(2048);
    const ssize_t size = ::recv(socket_.get(), message.data(), message.size(), MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    message.resize(static_cast<std::size_t>(size));
    return message;
  }

  /// The next connection, which must come.
  [[nodiscard]] UniqueFd connection() const {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 5000) != 1) throw std::runtime_error("nobody knocks");
    return UniqueFd(::accept(socket_.get(), nullptr, nullptr));
  }

  /// All that a connection says.
  [[nodiscard]] static std::string all_from(int socket) {
    std::string all;
    char piece[512];
    for (ssize_t size = 1; size > 0;) {
      size = ::recv(socket, piece, sizeof piece, 0);
      if (size > 0) all.append(piece, static_cast<std::size_t>(size));
    }
    return all;
  }

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

}  // namespace sesame::test
