#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sesame::cli {

/// `512 B`, `1.5 KiB`, `3.0 GiB`.
[[nodiscard]] std::string human_size(double bytes);

/// `0.8 s`, `12 s`, `3:05`, `1:02:03`.
[[nodiscard]] std::string human_duration(std::chrono::duration<double> duration);

/// Bytes a second: digits, perhaps with a fraction, and K, M or G for powers of 1024. Nothing when
/// it is something else, or less than one byte.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text);

}  // namespace sesame::cli
