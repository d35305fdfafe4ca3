#include "base/base64url.hpp"

#include <algorithm>

#include "base/base64.hpp"

namespace sesame {
namespace {

constexpr std::size_t digits = 43;

}  // namespace

std::string base64url(const Bytes32& bytes) {
  const auto padded = base64_encode(bytes);
  std::string text(padded.begin(), padded.begin() + digits);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<Bytes32> parse_base64url(std::string_view text) {
  if (text.size() != digits) return std::nullopt;
  std::string standard(text);
  // What belongs to the other alphabet, and what that decoder skips, is not for this one.
  constexpr std::string_view foreign = "+/= \t\r\n";
  if (standard.find_first_of(foreign) != std::string::npos) return std::nullopt;
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  const auto decoded = base64_decode(standard + "=");
  Bytes32 bytes;
  if (!decoded || decoded->size() != bytes.size()) return std::nullopt;
  std::ranges::copy(*decoded, bytes.begin());
  return bytes;
}

}  // namespace sesame
