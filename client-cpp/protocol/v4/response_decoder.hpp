#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/header.hpp"
#include "protocol/v4/responses.hpp"

namespace sesame::protocol::v4 {

/// Bytes in, responses out, however the bytes were cut on their way. A header whose code may not
/// announce such a payload is refused before the payload; what is allocated grows with the bytes
/// that have come, not with what a header says.
class ResponseDecoder {
 public:
  enum class State {
    Header,   // waiting for the rest of a header
    Payload,  // waiting for the rest of the payload that the header announced
    Failed,   // the server broke the protocol; nothing more can be understood
  };

  /// Takes bytes off the front of `input`, at most up to the end of one response. Gives that
  /// response, or nothing when more bytes are needed. Views in it point into `input` or into this
  /// decoder, and are valid until the next call. Fails with UnknownCode, BadPayloadSize, or as
  /// decode_response(); after a failure every further call fails.
  Result<std::optional<Response>> push(ByteView& input);

  [[nodiscard]] State state() const { return state_; }

  /// Whether a response has begun and is not complete: an end of the stream here cuts it.
  [[nodiscard]] bool in_the_middle() const {
    return state_ == State::Payload || (!kept_.empty() && !kept_is_used_up_);
  }

 private:
  struct Header {
    ResponseCode code;
    std::uint32_t payload_size;
  };

  /// `wanted` bytes in one piece: straight from `input` where they are all there, else collected.
  /// Nothing when more must come.
  std::optional<ByteView> collect(ByteView& input, std::size_t wanted);
  Result<Header> decode_header(ByteView bytes) const;
  Error fail(Error error);

  State state_ = State::Header;
  Bytes kept_;  // the beginning of a header or payload whose end has not come yet
  bool kept_is_used_up_ = false;
  std::optional<Header> header_;
  std::optional<Error> failure_;
};

}  // namespace sesame::protocol::v4
