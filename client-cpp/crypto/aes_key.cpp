#include "crypto/aes_key.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "base/hex.hpp"

namespace sesame::crypto {

Result<AesKey> AesKey::from_bytes(ByteView bytes) {
  if (bytes.size() != size) return Error{ErrorCode::BadKey, "an AES-128 key has 16 bytes"};
  AesKey key;
  std::ranges::copy(bytes, key.bytes_.begin());
  return key;
}

Result<AesKey> AesKey::from_hex(std::string_view digits) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = digits.find_first_not_of(space);
  const auto last = digits.find_last_not_of(space);
  digits = first == std::string_view::npos ? "" : digits.substr(first, last - first + 1);
  AesKey key;
  if (!sesame::from_hex(digits, key.bytes_)) {
    return Error{ErrorCode::BadKey, "the key is not 32 hex digits"};
  }
  return key;
}

AesKey::~AesKey() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

}  // namespace sesame::crypto
