#include "protocol/v4/path.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/utf8.hpp"
#include "protocol/v4/codes.hpp"

namespace sesame::protocol::v4 {
namespace {

constexpr std::size_t longest_segment = 255;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_in_any_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, lower);
}

/// CON, NUL and the like, whatever extension stands behind them.
bool is_device_name(std::string_view segment) {
  std::string_view stem = segment.substr(0, segment.find('.'));
  while (stem.ends_with(' '))
    stem.remove_suffix(1);
  constexpr std::array<std::string_view, 4> devices{"con", "prn", "aux", "nul"};
  if (std::ranges::any_of(devices, [&](auto name) { return equals_in_any_case(stem, name); })) {
    return true;
  }
  const bool numbered = stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9';
  return numbered && (equals_in_any_case(stem.substr(0, 3), "com") ||
                      equals_in_any_case(stem.substr(0, 3), "lpt"));
}

}  // namespace

bool is_safe_segment(std::string_view segment) {
  using namespace std::string_view_literals;
  if (segment.empty() || segment.size() > longest_segment) return false;
  if (segment.find_first_of("/\\:\0"sv) != std::string_view::npos) return false;
  if (segment.back() == '.' || segment.back() == ' ') return false;  // so neither . nor ..
  return is_utf8(segment) && !is_device_name(segment);
}

bool is_path(std::string_view path) {
  if (path.size() > longest_path) return false;
  while (true) {
    const auto end = path.find('/');
    if (!is_safe_segment(path.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

}  // namespace sesame::protocol::v4
