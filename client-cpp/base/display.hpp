#pragma once

#include <string>
#include <string_view>

namespace sesame {

/// A name as it may be shown to a person: control characters, bidirectional and zero-width marks,
/// backslashes and bytes that are not UTF-8 are escaped (\n, \x1b, \u202e), the rest stands as it
/// is.
[[nodiscard]] std::string escaped(std::string_view name);

}  // namespace sesame
