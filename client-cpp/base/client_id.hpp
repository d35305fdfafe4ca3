#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace sesame {

/// Who a client is to its server: 16 raw bytes, a version-4 UUID in textual order.
/// Anybody who knows it can speak as the client (docs/PROTOCOL.md 1.9), so it is kept like a key.
struct ClientId {
  static constexpr std::size_t size = 16;

  std::array<std::byte, size> bytes{};

  /// 32 hex digits, with or without dashes.
  static Result<ClientId> parse(std::string_view text);

  /// From exactly 16 bytes.
  static Result<ClientId> from_bytes(ByteView bytes);

  /// 32 hex digits without dashes.
  [[nodiscard]] std::string to_hex() const;

  friend bool operator==(const ClientId&, const ClientId&) = default;
};

}  // namespace sesame
