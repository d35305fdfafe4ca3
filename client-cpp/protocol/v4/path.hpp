#pragma once

#include <string_view>

namespace sesame::protocol::v4 {

/// One segment of a path that is safe on every system: 1 to 255 bytes, not `.` or `..`, without
/// `/`, `\`, `:` or NUL, not ending in a dot or a space, and not a device name of Windows
/// (docs/PROTOCOL.md 1.1, names).
[[nodiscard]] bool is_safe_segment(std::string_view segment);

/// 1 to 4,096 bytes of UTF-8, safe segments separated by `/` (2.2, paths).
[[nodiscard]] bool is_path(std::string_view path);

}  // namespace sesame::protocol::v4
