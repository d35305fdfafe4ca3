#include "protocol/v4/response_decoder.hpp"

#include <algorithm>
#include <string>

#include "protocol/byte_reader.hpp"

namespace sesame::protocol::v4 {

Result<std::optional<Response>> ResponseDecoder::push(ByteView& input) {
  if (state_ == State::Failed) return failure_.value();

  if (state_ == State::Header) {
    const auto bytes = collect(input, ResponseHeader::size);
    if (!bytes) return std::optional<Response>();
    const auto header = decode_header(*bytes);
    if (!header) return fail(header.error());
    header_ = *header;
    state_ = State::Payload;
  }

  const auto payload = collect(input, header_->payload_size);
  if (!payload) return std::optional<Response>();
  auto response = decode_response(header_->code, *payload);
  if (!response) return fail(response.error());
  state_ = State::Header;
  return std::optional<Response>(*std::move(response));
}

std::optional<ByteView> ResponseDecoder::collect(ByteView& input, std::size_t wanted) {
  if (kept_is_used_up_) {
    kept_.clear();
    kept_is_used_up_ = false;
  }
  const std::size_t count = std::min(wanted - kept_.size(), input.size());
  const ByteView taken = input.first(count);
  input = input.subspan(count);
  if (kept_.empty() && count == wanted) return taken;

  kept_.insert(kept_.end(), taken.begin(), taken.end());
  if (kept_.size() < wanted) return std::nullopt;
  kept_is_used_up_ = true;
  return kept_;
}

Result<ResponseDecoder::Header> ResponseDecoder::decode_header(ByteView bytes) const {
  ByteReader reader(bytes);
  const auto version_byte = reader.u8().value();
  const auto number = reader.u16().value();
  const auto payload_size = reader.u32().value();
  if (version_byte != version) {
    return Error{ErrorCode::UnknownVersion,
                 "the server sent a frame of version " + std::to_string(version_byte)};
  }
  const auto code = response_code(number);
  if (!code) {
    return Error{ErrorCode::UnknownCode,
                 "the server sent a response with code " + std::to_string(number)};
  }
  if (!is_payload_size(*code, payload_size)) {
    return Error{ErrorCode::BadPayloadSize, "the server announced " + std::to_string(payload_size) +
                                                " bytes of payload for " +
                                                std::string(to_string(*code))};
  }
  return Header{*code, payload_size};
}

Error ResponseDecoder::fail(Error error) {
  state_ = State::Failed;
  failure_ = error;
  return error;
}

}  // namespace sesame::protocol::v4
