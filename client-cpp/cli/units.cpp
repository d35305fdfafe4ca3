#include "cli/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

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

std::string human_count(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string human_files(std::uint64_t count) {
  return human_count(count) + (count == 1 ? " file" : " files");
}

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

std::string mode_text(std::uint32_t mode, bool is_folder) {
  std::string text = is_folder ? "drwxrwxrwx" : "-rwxrwxrwx";
  for (std::size_t bit = 0; bit < 9; ++bit) {
    if ((mode >> (8 - bit) & 1) == 0) text[bit + 1] = '-';
  }
  // setuid, setgid and sticky show in the place of an x, in upper case where that is not set.
  const auto mark = [&](std::uint32_t bit, std::size_t place, char with_x, char without) {
    if ((mode & bit) != 0) text[place] = text[place] == 'x' ? with_x : without;
  };
  mark(04000, 3, 's', 'S');
  mark(02000, 6, 's', 'S');
  mark(01000, 9, 't', 'T');
  return text;
}

std::string time_text(std::int64_t nanoseconds) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t floor = nanoseconds % second < 0 ? 1 : 0;
  const auto seconds = static_cast<std::time_t>(nanoseconds / second - floor);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {text.data(), length};
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
