#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "base/bytes.hpp"

namespace sesame::protocol {

/// Puts little-endian fields into a buffer of fixed size. Sizes on the wire are known beforehand,
/// so a field that does not fit is a fault of the program.
class ByteWriter {
 public:
  explicit ByteWriter(MutableByteView out) : rest_(out) {}

  void put(ByteView bytes) { std::ranges::copy(bytes, claim(bytes.size()).begin()); }
  void zeros(std::size_t count) { std::ranges::fill(claim(count), std::byte{0}); }

  void u8(std::uint8_t value) { integer(value, 1); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }

  [[nodiscard]] std::size_t room() const { return rest_.size(); }

 private:
  MutableByteView claim(std::size_t count) {
    if (count > rest_.size()) throw std::length_error("a field does not fit into its frame");
    const MutableByteView claimed = rest_.first(count);
    rest_ = rest_.subspan(count);
    return claimed;
  }

  void integer(std::uint64_t value, std::size_t count) {
    for (std::byte& byte : claim(count)) {
      byte = static_cast<std::byte>(value & 0xFF);
      value >>= 8;
    }
  }

  MutableByteView rest_;
};

}  // namespace sesame::protocol
