#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "crypto/crc32.hpp"

namespace sesame::crypto {

/// Which CRC a server puts into a 2103 (docs/PROTOCOL.md 1.2).
enum class CrcVariant {
  ZlibCiphertext,
  CksumPlaintext,
  CksumCiphertext,
  ZlibPlaintext,
  ZlibPlaintextBigEndian,
};

/// In the order of the document.
inline constexpr std::array crc_variants{CrcVariant::ZlibCiphertext, CrcVariant::CksumPlaintext,
                                         CrcVariant::CksumCiphertext, CrcVariant::ZlibPlaintext,
                                         CrcVariant::ZlibPlaintextBigEndian};

[[nodiscard]] std::string_view to_string(CrcVariant variant);
[[nodiscard]] std::optional<CrcVariant> parse_crc_variant(std::string_view name);

/// The CRC over one file in one variant. It is shown both texts of the file and takes the one that
/// the variant is about.
class FileCrc {
 public:
  explicit FileCrc(CrcVariant variant);

  void see_plaintext(ByteView bytes);
  void see_ciphertext(ByteView bytes);

  /// As it stands in a 2103.
  [[nodiscard]] std::array<std::byte, 4> wire_bytes() const;

 private:
  void update(ByteView bytes);

  CrcVariant variant_;
  std::variant<ZlibCrc, CksumCrc> crc_;
};

}  // namespace sesame::crypto
