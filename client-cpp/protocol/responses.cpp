#include "protocol/responses.hpp"

#include <algorithm>

#include "protocol/byte_reader.hpp"

namespace sesame::protocol {
namespace {

Error wrong_size(ResponseCode code) {
  return {ErrorCode::BadPayloadSize, "the payload of " + std::string(to_string(code)) + " is cut"};
}

/// 0:16 client id.
Result<Response> decode_registered(ByteReader reader) {
  const auto id = reader.take(ClientId::size);
  if (!id) return wrong_size(ResponseCode::Registered);
  return Response(Registered{*ClientId::from_bytes(*id)});
}

/// 0:16 client id, 16:K wrapped AES key.
template <typename Message>
Result<Response> decode_key(ResponseCode code, ByteReader reader) {
  const auto id = reader.take(ClientId::size);
  if (!id) return wrong_size(code);
  const ByteView key = reader.rest();
  return Response(Message{*ClientId::from_bytes(*id), Bytes(key.begin(), key.end())});
}

/// 0:16 client id, 16:4 content size, 20:255 file name, 275:4 CRC.
Result<Response> decode_file_received(ByteReader reader) {
  const auto id = reader.take(ClientId::size);
  const auto content_size = reader.u32();
  const auto name = reader.take(name_field_size);
  const auto crc = reader.take(crc_field_size);
  if (!id || !content_size || !name || !crc) return wrong_size(ResponseCode::FileReceived);

  const auto name_end = std::ranges::find(*name, std::byte{0});
  FileReceived message{*ClientId::from_bytes(*id), *content_size,
                       std::string(text_of({name->begin(), name_end})), CrcBytes{}};
  std::ranges::copy(*crc, message.crc.begin());
  return Response(std::move(message));
}

}  // namespace

ResponseCode code_of(const Response& response) {
  // The alternatives stand in the order of their codes.
  return static_cast<ResponseCode>(static_cast<std::size_t>(ResponseCode::Registered) +
                                   response.index());
}

Result<Response> decode_response(ResponseCode code, ByteView payload) {
  if (!is_payload_size(code, static_cast<std::uint32_t>(payload.size()))) return wrong_size(code);
  const ByteReader reader(payload);
  switch (code) {
    case ResponseCode::Registered: return decode_registered(reader);
    case ResponseCode::RegistrationRefused: return Response(RegistrationRefused{});
    case ResponseCode::AesKey: return decode_key<AesKeyGranted>(code, reader);
    case ResponseCode::FileReceived: return decode_file_received(reader);
    case ResponseCode::Acknowledged: return Response(Acknowledged{});
    case ResponseCode::Reconnected: return decode_key<Reconnected>(code, reader);
    case ResponseCode::ReconnectRefused: return Response(ReconnectRefused{});
    case ResponseCode::GeneralError: return Response(GeneralError{});
  }
  return Error{ErrorCode::UnknownCode, "not a response of protocol v3"};
}

}  // namespace sesame::protocol
