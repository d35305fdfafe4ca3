#include "base/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace sesame {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

SecretText base64_encode(ByteView bytes) {
  SecretText text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(k <= count ? alphabet[group >> (18 - 6 * k) & 0x3F] : '=');
    }
  }
  return text;
}

std::optional<SecretBytes> base64_decode(std::string_view text) {
  SecretBytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;  // the `bit_count` lowest are not yet written
  int bit_count = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos || padding > 0) return std::nullopt;
    ++digits;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<std::byte>(bits >> bit_count));
      bits &= (1u << bit_count) - 1;
    }
  }
  const bool whole_groups = (digits + padding) % 4 == 0 && padding <= 2;
  if (!whole_groups || bits != 0) return std::nullopt;
  return bytes;
}

}  // namespace sesame
