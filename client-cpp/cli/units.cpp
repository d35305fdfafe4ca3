#include "cli/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace sesame::cli {
namespace {

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<double> unit(std::string_view suffix) {
  if (suffix.empty()) return 1;
  if (suffix == "K" || suffix == "k") return 1024.0;
  if (suffix == "M" || suffix == "m") return 1024.0 * 1024;
  if (suffix == "G" || suffix == "g") return 1024.0 * 1024 * 1024;
  return std::nullopt;
}

}  // namespace

std::string human_size(double bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return formatted("%.0f B", bytes);
  std::size_t index = 0;
  double value = bytes / 1024;
  // 1023.95 would be shown as 1024.0
  while (value >= 1023.95 && index + 1 < units.size()) {
    value /= 1024;
    ++index;
  }
  return formatted("%.1f %s", value, units[index]);
}

std::string human_duration(std::chrono::duration<double> duration) {
  const double seconds = std::max(0.0, duration.count());
  if (seconds < 10) return formatted("%.1f s", seconds);
  if (seconds < 60) return formatted("%.0f s", std::floor(seconds));
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return formatted("%ld:%02ld", whole / 60, whole % 60);
  return formatted("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  double value = 0;
  const auto [end, fault] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (fault != std::errc()) return std::nullopt;
  const auto factor = unit({end, text.data() + text.size()});
  if (!factor) return std::nullopt;
  const double rate = value * *factor;
  constexpr double most = 1e15;
  if (!(rate >= 1) || rate > most) return std::nullopt;
  return static_cast<std::uint64_t>(rate);
}

}  // namespace sesame::cli
