#pragma once

#include <cstdint>

#include "base/client_id.hpp"
#include "protocol/codes.hpp"
#include "protocol/header.hpp"
#include "protocol/name_field.hpp"

namespace sesame::protocol {

// Each function gives a whole frame, but for the ciphertext that follows a file's head.
// docs/PROTOCOL.md 1.1, requests.

/// 1025. The id in its header is ignored, so it is zeros.
[[nodiscard]] Bytes encode_register(const NameField& client_name);

/// 1026. `public_key` is an X.509 SubjectPublicKeyInfo in DER.
[[nodiscard]] Bytes encode_public_key(const ClientId& id, const NameField& client_name,
                                      ByteView public_key);

/// 1027.
[[nodiscard]] Bytes encode_reconnect(const ClientId& id, const NameField& client_name);

/// 1028 up to where its ciphertext begins. `content_size` is the length of that ciphertext, at most
/// ciphertext_size(largest_file).
[[nodiscard]] Bytes encode_file_head(const ClientId& id, const NameField& file_name,
                                     std::uint32_t content_size);

/// 1029, 1030 or 1031: what the client found the CRC in a 2103 to be.
[[nodiscard]] Bytes encode_crc_verdict(RequestCode verdict, const ClientId& id,
                                       const NameField& file_name);

}  // namespace sesame::protocol
