#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sesame {

/// What pins, tokens, hashes and Ed25519 keys are made of.
using Bytes32 = std::array<std::byte, 32>;

/// RFC 4648, section 5, without padding.
[[nodiscard]] std::string base64url(const Bytes32& bytes);

/// From exactly 43 characters. Nothing when there is any other, or when the bits that are left over
/// are not zero: there is one text for each value.
[[nodiscard]] std::optional<Bytes32> parse_base64url(std::string_view text);

}  // namespace sesame
