#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/aes_key.hpp"
#include "crypto/openssl_handles.hpp"

namespace sesame::crypto {

inline constexpr std::size_t aes_block = 16;

/// The most that one call of `update` may be given.
inline constexpr std::size_t largest_update = std::size_t{1} << 30;

/// AES-128-CBC, zero IV, PKCS#7 padding: the file cipher of v3 (docs/PROTOCOL.md 1.2).
class CbcEncryptor {
 public:
  explicit CbcEncryptor(const AesKey& key);

  /// `out` has room for in.size() + 15 bytes. Gives how many were written.
  std::size_t update(ByteView in, MutableByteView out);

  /// The last block, with its padding: `out` has room for 16 bytes. Gives 16 at the right end of a
  /// stream. Nothing may follow.
  std::size_t finish(MutableByteView out);

 private:
  CipherContext context_;
};

/// The way back.
class CbcDecryptor {
 public:
  explicit CbcDecryptor(const AesKey& key);

  /// `out` has room for in.size() + 16 bytes. Gives how many were written.
  std::size_t update(ByteView in, MutableByteView out);

  /// What is left, without its padding: `out` has room for 16 bytes. Fails with BadCiphertext; a
  /// wrong key, an empty ciphertext and a length that is no multiple of 16 look the same.
  Result<std::size_t> finish(MutableByteView out);

 private:
  CipherContext context_;
};

}  // namespace sesame::crypto
