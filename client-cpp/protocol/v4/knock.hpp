#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/client_id.hpp"

namespace sesame::protocol::v4 {

// docs/PROTOCOL.md, part 3: the message that opens a gate that is shut.

inline constexpr std::uint16_t default_knock_port = 6257;
inline constexpr std::size_t knock_signed_size = 64;
inline constexpr std::size_t knock_size = knock_signed_size + 32;

enum class KnockAction : std::uint8_t { Open = 1, Close = 2 };

using Bytes16 = std::array<std::byte, 16>;

/// What a knock says.
struct Knock {
  KnockAction action = KnockAction::Open;
  ClientId id;             // or what a join line has in its place
  std::uint64_t time = 0;  // ms since 1970
  Bytes16 nonce{};
  Bytes16 source{};  // IPv4 as ::ffff:a.b.c.d; zeros: wherever it comes from
};

/// All of the message but its MAC, which is over this and follows it.
[[nodiscard]] std::array<std::byte, knock_signed_size> encode_knock(const Knock& knock);

}  // namespace sesame::protocol::v4
