#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace sesame::protocol {

/// Takes little-endian fields off the front of some bytes. What is not there is not made up: a
/// field that does not fit is nothing, and takes nothing.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] std::optional<ByteView> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  [[nodiscard]] std::optional<std::uint8_t> u8() { return integer<std::uint8_t>(); }
  [[nodiscard]] std::optional<std::uint16_t> u16() { return integer<std::uint16_t>(); }
  [[nodiscard]] std::optional<std::uint32_t> u32() { return integer<std::uint32_t>(); }
  [[nodiscard]] std::optional<std::uint64_t> u64() { return integer<std::uint64_t>(); }

  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  template <typename T>
  std::optional<T> integer() {
    const auto field = take(sizeof(T));
    if (!field) return std::nullopt;
    T value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      value = static_cast<T>(value << (sizeof(T) > 1 ? 8 : 0) | std::to_integer<T>((*field)[i]));
    }
    return value;
  }

  ByteView rest_;
};

}  // namespace sesame::protocol
