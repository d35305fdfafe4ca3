#include "base/utf8.hpp"

namespace sesame {
namespace {

struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t smallest;  // below this, a shorter form exists: overlong
};

std::optional<Lead> read_lead(unsigned char byte) {
  if (byte < 0x80) return Lead{1, byte, 0};
  if (byte >= 0xC0 && byte < 0xE0) return Lead{2, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return Lead{3, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte < 0xF8) return Lead{4, byte & 0x07u, 0x10000};
  return std::nullopt;
}

}  // namespace

std::optional<Utf8Char> first_char(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto lead = read_lead(static_cast<unsigned char>(text[0]));
  if (!lead || text.size() < lead->length) return std::nullopt;

  char32_t value = lead->bits;
  for (std::size_t i = 1; i < lead->length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return std::nullopt;
    value = value << 6 | (byte & 0x3Fu);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < lead->smallest || value > 0x10FFFF || surrogate) return std::nullopt;
  return Utf8Char{value, lead->length};
}

std::optional<std::size_t> count_chars(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto next = first_char(text);
    if (!next) return std::nullopt;
    text.remove_prefix(next->length);
    ++count;
  }
  return count;
}

bool is_utf8(std::string_view text) {
  return count_chars(text).has_value();
}

}  // namespace sesame
