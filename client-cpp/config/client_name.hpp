#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sesame::config {

/// docs/PROTOCOL.md 1.8. Which of the names up to there a server takes is the server's to say.
inline constexpr std::size_t longest_client_name = 100;

/// 1 to 100 characters of UTF-8, at most 254 bytes. Fails with BadName.
Status check_client_name(std::string_view name);

/// A name for a client of what may be any text: its letters, digits, `.`, `-` and `_`, and `-` for
/// all else. Never empty.
[[nodiscard]] std::string safe_client_name(std::string_view name);

}  // namespace sesame::config
