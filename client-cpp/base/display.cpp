#include "base/display.hpp"

#include <cstdio>

#include "base/utf8.hpp"

namespace sesame {
namespace {

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

/// Invisible, or able to reorder or break the text around it.
bool is_deceptive(char32_t c) {
  return c == 0x061C || c == 0xFEFF || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F);
}

std::string formatted(const char* format, unsigned value) {
  char text[16];
  const int length = std::snprintf(text, sizeof text, format, value);
  return {text, static_cast<std::size_t>(length)};
}

std::string shown(char32_t c, std::string_view as_it_is) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  if (c == '\\') return "\\\\";
  if (is_control(c)) return formatted("\\x%02x", static_cast<unsigned>(c));
  if (is_deceptive(c)) return formatted("\\u%04x", static_cast<unsigned>(c));
  return std::string(as_it_is);
}

}  // namespace

std::string escaped(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    if (const auto next = first_char(name)) {
      text += shown(next->value, name.substr(0, next->length));
      name.remove_prefix(next->length);
    } else {
      text += formatted("\\x%02x", static_cast<unsigned char>(name[0]));
      name.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace sesame
