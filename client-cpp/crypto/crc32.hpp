#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace sesame::crypto {

/// CRC-32 as in zlib, gzip and PNG.
class ZlibCrc {
 public:
  void update(ByteView bytes);
  [[nodiscard]] std::uint32_t value() const { return crc_; }

 private:
  std::uint32_t crc_ = 0;
};

/// The CRC of POSIX `cksum`, its length included.
///
/// It has the polynomial of zlib's CRC-32, but feeds each byte from its highest bit. That is the
/// same computation seen in a mirror: with the bits of every byte reversed, the reflected CRC goes
/// through the same states, also reversed. So this too runs at the speed of libdeflate.
class CksumCrc {
 public:
  void update(ByteView bytes);

  /// The value for all bytes so far; more may follow.
  [[nodiscard]] std::uint32_t value() const;

 private:
  std::uint32_t mirrored_ = 0;  // the state, with its bits reversed
  std::uint64_t length_ = 0;
};

}  // namespace sesame::crypto
