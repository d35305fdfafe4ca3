#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "protocol/codes.hpp"

namespace sesame::protocol {

/// 0:16 client id, 16:1 version, 17:2 code, 19:4 payload size.
struct RequestHeader {
  static constexpr std::size_t size = ClientId::size + 1 + 2 + 4;

  ClientId client_id;
  RequestCode code;
  std::uint32_t payload_size;
};

/// 0:1 version, 1:2 code, 3:4 payload size.
struct ResponseHeader {
  static constexpr std::size_t size = 1 + 2 + 4;

  std::uint8_t version;  // whatever the server wrote: nothing hangs on it
  ResponseCode code;
  std::uint32_t payload_size;
};

static_assert(RequestHeader::size == 23);
static_assert(ResponseHeader::size == 7);

[[nodiscard]] std::array<std::byte, RequestHeader::size> encode(const RequestHeader& header);

/// Fails with UnknownCode, or with BadPayloadSize when the size is not one that the code may have.
Result<ResponseHeader> decode_response_header(std::span<const std::byte, ResponseHeader::size> in);

}  // namespace sesame::protocol
