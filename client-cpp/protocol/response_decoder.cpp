#include "protocol/response_decoder.hpp"

#include <algorithm>

namespace sesame::protocol {

Result<std::optional<Response>> ResponseDecoder::push(ByteView& input) {
  if (state_ == State::Failed) return failure_.value();

  if (state_ == State::Header) {
    if (!fill(input, ResponseHeader::size)) return std::optional<Response>();
    const auto header = decode_response_header(ByteView(buffer_).first<ResponseHeader::size>());
    if (!header) return fail(header.error());
    header_ = *header;
    filled_ = 0;
    state_ = State::Payload;
  }

  if (!fill(input, header_->payload_size)) return std::optional<Response>();
  return finish();
}

bool ResponseDecoder::fill(ByteView& input, std::size_t wanted) {
  const std::size_t count = std::min(wanted - filled_, input.size());
  std::ranges::copy(input.first(count), buffer_.begin() + static_cast<std::ptrdiff_t>(filled_));
  filled_ += count;
  input = input.subspan(count);
  return filled_ == wanted;
}

Result<std::optional<Response>> ResponseDecoder::finish() {
  auto response = decode_response(header_->code, ByteView(buffer_).first(filled_));
  if (!response) return fail(response.error());
  state_ = State::Header;
  filled_ = 0;
  return std::optional<Response>(*std::move(response));
}

Error ResponseDecoder::fail(Error error) {
  state_ = State::Failed;
  failure_ = error;
  return error;
}

}  // namespace sesame::protocol
