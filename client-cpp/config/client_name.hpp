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

/// What a machine may call itself where no operator names it (docs/FLEET.md 1, Names): 1 to 100
/// letters, digits, `.`, `_` and `-` of ASCII, no `.` or `-` in front. Fails with BadName.
Status check_own_name(std::string_view name);

/// Such a name for a client, of what may be any text: `-` for all that cannot be in it.
[[nodiscard]] std::string safe_client_name(std::string_view name);

}  // namespace sesame::config
