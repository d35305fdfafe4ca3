#include "crypto/crc_variant.hpp"

#include <algorithm>

namespace sesame::crypto {
namespace {

bool is_over_plaintext(CrcVariant variant) {
  return variant == CrcVariant::CksumPlaintext || variant == CrcVariant::ZlibPlaintext ||
         variant == CrcVariant::ZlibPlaintextBigEndian;
}

bool is_cksum(CrcVariant variant) {
  return variant == CrcVariant::CksumPlaintext || variant == CrcVariant::CksumCiphertext;
}

}  // namespace

std::string_view to_string(CrcVariant variant) {
  switch (variant) {
    case CrcVariant::ZlibCiphertext: return "zlib-ciphertext";
    case CrcVariant::CksumPlaintext: return "cksum-plaintext";
    case CrcVariant::CksumCiphertext: return "cksum-ciphertext";
    case CrcVariant::ZlibPlaintext: return "zlib-plaintext";
    case CrcVariant::ZlibPlaintextBigEndian: return "zlib-plaintext-be";
  }
  return "unknown";
}

std::optional<CrcVariant> parse_crc_variant(std::string_view name) {
  const auto found = std::ranges::find(crc_variants, name, [](auto v) { return to_string(v); });
  if (found == crc_variants.end()) return std::nullopt;
  return *found;
}

FileCrc::FileCrc(CrcVariant variant) : variant_(variant) {
  if (is_cksum(variant)) crc_ = CksumCrc();
}

void FileCrc::see_plaintext(ByteView bytes) {
  if (is_over_plaintext(variant_)) update(bytes);
}

void FileCrc::see_ciphertext(ByteView bytes) {
  if (!is_over_plaintext(variant_)) update(bytes);
}

void FileCrc::update(ByteView bytes) {
  std::visit([bytes](auto& crc) { crc.update(bytes); }, crc_);
}

std::array<std::byte, 4> FileCrc::wire_bytes() const {
  const std::uint32_t value = std::visit([](const auto& crc) { return crc.value(); }, crc_);
  std::array<std::byte, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(value >> 8 * i & 0xFF);
  }
  if (variant_ == CrcVariant::ZlibPlaintextBigEndian) std::ranges::reverse(bytes);
  return bytes;
}

}  // namespace sesame::crypto
