#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace sesame::crypto {

/// The 16 bytes of an AES-128 key, cleansed when they go.
class AesKey {
 public:
  static constexpr std::size_t size = 16;

  static Result<AesKey> from_bytes(ByteView bytes);

  /// 32 hex digits; white space around them is nothing.
  static Result<AesKey> from_hex(std::string_view digits);

  AesKey(const AesKey&) = default;
  AesKey& operator=(const AesKey&) = default;
  ~AesKey();

  [[nodiscard]] std::span<const std::byte, size> bytes() const { return bytes_; }

 private:
  AesKey() = default;

  std::array<std::byte, size> bytes_{};
};

}  // namespace sesame::crypto
