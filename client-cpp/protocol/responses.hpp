#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "protocol/codes.hpp"

namespace sesame::protocol {

/// The four bytes of a CRC as they stand on the wire. In which order depends on the CRC variant.
using CrcBytes = std::array<std::byte, crc_field_size>;

struct Registered {  // 2100
  ClientId id;
};
struct RegistrationRefused {};  // 2101
struct AesKeyGranted {          // 2102
  ClientId id;
  Bytes wrapped_key;
};
struct FileReceived {  // 2103
  ClientId id;
  std::uint32_t content_size;
  std::string file_name;  // up to the first NUL, or the whole field
  CrcBytes crc;
};
struct Acknowledged {};  // 2104
struct Reconnected {     // 2105
  ClientId id;
  Bytes wrapped_key;
};
struct ReconnectRefused {};  // 2106
struct GeneralError {};      // 2107

using Response = std::variant<Registered, RegistrationRefused, AesKeyGranted, FileReceived,
                              Acknowledged, Reconnected, ReconnectRefused, GeneralError>;

[[nodiscard]] ResponseCode code_of(const Response& response);

/// `payload` has a size that is_payload_size allows for `code`; else this fails with
/// BadPayloadSize.
Result<Response> decode_response(ResponseCode code, ByteView payload);

}  // namespace sesame::protocol
