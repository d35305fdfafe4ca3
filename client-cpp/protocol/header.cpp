#include "protocol/header.hpp"

#include <string>

#include "protocol/byte_reader.hpp"
#include "protocol/byte_writer.hpp"

namespace sesame::protocol {

std::array<std::byte, RequestHeader::size> encode(const RequestHeader& header) {
  std::array<std::byte, RequestHeader::size> bytes;
  ByteWriter writer(bytes);
  writer.put(header.client_id.bytes);
  writer.u8(protocol_version);
  writer.u16(static_cast<std::uint16_t>(header.code));
  writer.u32(header.payload_size);
  return bytes;
}

Result<ResponseHeader> decode_response_header(std::span<const std::byte, ResponseHeader::size> in) {
  ByteReader reader(in);
  const auto version = reader.u8();
  const auto number = reader.u16();
  const auto payload_size = reader.u32();
  if (!version || !number || !payload_size) {
    return Error{ErrorCode::Truncated, "a response header has 7 bytes"};
  }
  const auto code = response_code(*number);
  if (!code) {
    return Error{ErrorCode::UnknownCode,
                 "the server answered with code " + std::to_string(*number) +
                     ", which protocol v3 does not know; is it a Sesame server?"};
  }
  if (!is_payload_size(*code, *payload_size)) {
    return Error{ErrorCode::BadPayloadSize,
                 "the server announced " + std::to_string(*payload_size) +
                     " bytes of payload for " + std::string(to_string(*code))};
  }
  return ResponseHeader{*version, *code, *payload_size};
}

}  // namespace sesame::protocol
