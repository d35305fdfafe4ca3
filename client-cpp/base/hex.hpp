#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sesame {

/// Lower case, two digits a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

/// Fills `out` from exactly twice as many hex digits, in either case. On failure `out` may be
/// partly written.
[[nodiscard]] bool from_hex(std::string_view digits, MutableByteView out);

}  // namespace sesame
