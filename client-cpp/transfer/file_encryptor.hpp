#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/aes_cbc.hpp"
#include "crypto/crc_variant.hpp"
#include "protocol/responses.hpp"
#include "transfer/source_file.hpp"

namespace sesame::transfer {

/// How much of a file is read, encrypted and sent at a time: small enough for the second cache of a
/// core, large enough that system calls do not count.
inline constexpr std::size_t plaintext_block = std::size_t{256} << 10;
inline constexpr std::size_t ciphertext_block = plaintext_block + crypto::aes_block;

/// Turns a file into its ciphertext block by block, and computes its CRC on the way.
class FileEncryptor {
 public:
  FileEncryptor(const SourceFile& file, const crypto::AesKey& key, crypto::CrcVariant variant);

  /// Writes the next block to `out`, which has room for ciphertext_block bytes. Gives its size, or
  /// 0 when all has been given. Fails as SourceFile::read_at does.
  Result<std::size_t> next(MutableByteView out);

  /// After the last block: what the server must find.
  [[nodiscard]] protocol::CrcBytes crc() const { return crc_.wire_bytes(); }

 private:
  const SourceFile& file_;
  crypto::CbcEncryptor cipher_;
  crypto::FileCrc crc_;
  std::uint64_t offset_ = 0;
  bool finished_ = false;
};

}  // namespace sesame::transfer
