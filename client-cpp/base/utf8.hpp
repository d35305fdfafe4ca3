#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sesame {

/// One character off the front of some UTF-8.
struct Utf8Char {
  char32_t value;
  std::size_t length;
};

/// The first character, or nothing when `text` is empty or does not begin with well-formed UTF-8
/// (overlong forms, surrogates and values above U+10FFFF are not well-formed).
[[nodiscard]] std::optional<Utf8Char> first_char(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// How many characters (code points), or nothing when it is not UTF-8.
[[nodiscard]] std::optional<std::size_t> count_chars(std::string_view text);

}  // namespace sesame
