#include "transfer/receipt_scanner.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace sesame::transfer {
namespace {

constexpr std::uint64_t largest_number = (std::uint64_t{1} << 53) - 1;
constexpr unsigned char first_printable = 0x20;

/// The control characters that have a letter of their own in JSON.
struct ShortEscape {
  char letter;
  char value;
};
constexpr std::array short_escapes{
    ShortEscape{'"', '"'},  ShortEscape{'\\', '\\'}, ShortEscape{'b', '\b'}, ShortEscape{'f', '\f'},
    ShortEscape{'n', '\n'}, ShortEscape{'r', '\r'},  ShortEscape{'t', '\t'}};

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

bool ReceiptScanner::literal(std::string_view expected) {
  if (!rest_.starts_with(expected)) return false;
  rest_.remove_prefix(expected.size());
  return true;
}

std::optional<std::string> ReceiptScanner::string() {
  if (!literal("\"")) return std::nullopt;
  std::string value;
  while (!rest_.empty()) {
    const auto plain = std::ranges::find_if(rest_, [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < first_printable;
    });
    const auto length = static_cast<std::size_t>(plain - rest_.begin());
    value += rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (literal("\"")) return is_utf8(value) ? std::optional(std::move(value)) : std::nullopt;
    if (!literal("\\")) return std::nullopt;
    const auto escaped = escape();
    if (!escaped) return std::nullopt;
    value += *escaped;
  }
  return std::nullopt;
}

std::optional<char> ReceiptScanner::escape() {
  if (rest_.empty()) return std::nullopt;
  const char letter = rest_.front();
  rest_.remove_prefix(1);
  const auto* const found = std::ranges::find(short_escapes, letter, &ShortEscape::letter);
  if (found != short_escapes.end()) return found->value;

  if (letter != 'u' || !literal("00") || rest_.size() < 2 ||
      !std::ranges::all_of(rest_.substr(0, 2), is_lower_hex)) {
    return std::nullopt;
  }
  std::array<std::byte, 1> value{};
  if (!from_hex(rest_.substr(0, 2), value)) return std::nullopt;
  rest_.remove_prefix(2);
  const auto c = static_cast<char>(value[0]);
  const bool has_letter =
      std::ranges::find(short_escapes, c, &ShortEscape::value) != short_escapes.end();
  if (std::to_integer<unsigned char>(value[0]) >= first_printable || has_letter) {
    return std::nullopt;
  }
  return c;
}

std::optional<std::uint64_t> ReceiptScanner::number() {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (fault != std::errc() || value > largest_number) return std::nullopt;
  const auto length = static_cast<std::size_t>(end - rest_.data());
  if (rest_.front() == '0' && length > 1) return std::nullopt;
  rest_.remove_prefix(length);
  return value;
}

bool ReceiptScanner::hex_string(MutableByteView out) {
  const std::size_t length = 2 * out.size();
  if (!literal("\"") || rest_.size() < length) return false;
  const auto digits = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return std::ranges::all_of(digits, is_lower_hex) && from_hex(digits, out) && literal("\"");
}

}  // namespace sesame::transfer
