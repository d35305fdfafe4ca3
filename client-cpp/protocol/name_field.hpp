#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/codes.hpp"

namespace sesame::protocol {

/// 255 bytes: UTF-8, ended by the first NUL. What follows the NUL has no meaning.
using NameField = std::array<std::byte, name_field_size>;

/// The longest name, in bytes: its NUL must fit too.
inline constexpr std::size_t longest_name = name_field_size - 1;

/// Fails with BadName when the name is empty, too long or not UTF-8, or has a NUL inside: it would
/// not arrive as it is.
Result<NameField> encode_name(std::string_view name);

/// Fails with BadName when there is no NUL, nothing before it, or something that is not UTF-8.
Result<std::string> decode_name(ByteView field);

}  // namespace sesame::protocol
