#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sesame::cli {

/// `1,234,567`.
[[nodiscard]] std::string human_count(std::uint64_t count);

/// `12,345 files`, `1 file`.
[[nodiscard]] std::string human_files(std::uint64_t count);

/// `512 B`, `1.5 KiB`, `3.0 GiB`.
[[nodiscard]] std::string human_size(double bytes);

/// `0.8 s`, `12 s`, `3:05`, `1:02:03`.
[[nodiscard]] std::string human_duration(std::chrono::duration<double> duration);

/// `-rw-r--r--` or `drwxr-xr-x`, with s and t as `ls` has them.
[[nodiscard]] std::string mode_text(std::uint32_t mode, bool is_folder);

/// `2026-01-02 03:04:05`, UTC, of nanoseconds since 1970.
[[nodiscard]] std::string time_text(std::int64_t nanoseconds);

/// Bytes a second: digits, perhaps with a fraction, and K, M or G for powers of 1024. Nothing when
/// it is something else, or less than one byte.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text);

}  // namespace sesame::cli
