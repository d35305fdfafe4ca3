#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "net/resolver.hpp"

namespace sesame::net {

/// An address without a port, as 16 bytes: IPv6, or IPv4 as ::ffff:a.b.c.d.
struct IpAddress {
  std::array<std::byte, 16> bytes{};

  /// Of a host, as people write it; no name, no zone.
  static std::optional<IpAddress> parse(const std::string& text);
  static IpAddress of(const Address& address);

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_loopback() const;
  /// Not routed in the internet: whoever has it is seen from there under another.
  [[nodiscard]] bool is_private() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// The same host at another port.
[[nodiscard]] Address with_port(Address address, std::uint16_t port);

/// As `HostPort` has it.
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace sesame::net
