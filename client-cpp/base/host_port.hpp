#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sesame {

/// Where a server is. `host` is a name or an address, IPv6 without its brackets.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  /// `HOST:PORT`, with an IPv6 address in brackets.
  static Result<HostPort> parse(std::string_view text);

  /// As `parse` reads it.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// 1 to 65535, digits only.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace sesame
