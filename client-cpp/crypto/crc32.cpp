#include "crypto/crc32.hpp"

#include <array>
#include <cstring>

#include <libdeflate.h>

namespace sesame::crypto {
namespace {

/// The bits of each of the eight bytes reversed, where they stand.
std::uint64_t reverse_bits_in_bytes(std::uint64_t v) {
  v = (v >> 4 & 0x0F0F0F0F0F0F0F0Fu) | (v & 0x0F0F0F0F0F0F0F0Fu) << 4;
  v = (v >> 2 & 0x3333333333333333u) | (v & 0x3333333333333333u) << 2;
  v = (v >> 1 & 0x5555555555555555u) | (v & 0x5555555555555555u) << 1;
  return v;
}

std::uint32_t reverse_bits(std::uint32_t v) {
  return __builtin_bswap32(static_cast<std::uint32_t>(reverse_bits_in_bytes(v)));
}

/// A CRC state of which the bits are not complemented, over bytes that are fed in the mirror.
/// libdeflate takes and gives the complement.
std::uint32_t feed_mirrored(std::uint32_t state, ByteView bytes) {
  std::array<std::byte, 4096> mirrored;  // small enough to stay in the first cache
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), mirrored.size()));
    for (std::size_t i = 0; i < part.size(); i += 8) {
      const std::size_t count = std::min<std::size_t>(8, part.size() - i);
      std::uint64_t word = 0;
      std::memcpy(&word, part.data() + i, count);
      word = reverse_bits_in_bytes(word);
      std::memcpy(mirrored.data() + i, &word, count);
    }
    state = ~libdeflate_crc32(~state, mirrored.data(), part.size());
    bytes = bytes.subspan(part.size());
  }
  return state;
}

}  // namespace

void ZlibCrc::update(ByteView bytes) {
  crc_ = libdeflate_crc32(crc_, bytes.data(), bytes.size());
}

void CksumCrc::update(ByteView bytes) {
  mirrored_ = feed_mirrored(mirrored_, bytes);
  length_ += bytes.size();
}

std::uint32_t CksumCrc::value() const {
  // The length follows the content, lowest byte first, without leading zeros.
  Bytes length;
  for (std::uint64_t rest = length_; rest > 0; rest >>= 8) {
    length.push_back(static_cast<std::byte>(rest & 0xFF));
  }
  return ~reverse_bits(feed_mirrored(mirrored_, length));
}

}  // namespace sesame::crypto
