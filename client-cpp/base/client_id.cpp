#include "base/client_id.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace sesame {

Result<ClientId> ClientId::parse(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '-');
  ClientId id;
  if (!from_hex(digits, id.bytes)) {
    return Error{ErrorCode::Malformed, "a client id is 32 hex digits, with or without dashes"};
  }
  return id;
}

Result<ClientId> ClientId::from_bytes(ByteView bytes) {
  if (bytes.size() != size) return Error{ErrorCode::Truncated, "a client id has 16 bytes"};
  ClientId id;
  std::ranges::copy(bytes, id.bytes.begin());
  return id;
}

std::string ClientId::to_hex() const {
  return sesame::to_hex(bytes);
}

}  // namespace sesame
