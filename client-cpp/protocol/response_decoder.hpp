#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/result.hpp"
#include "protocol/header.hpp"
#include "protocol/responses.hpp"

namespace sesame::protocol {

/// Bytes in, responses out, however the bytes were cut on their way. It allocates nothing by what
/// a header says: the payload of every response fits a buffer of fixed size, and a header that
/// announces more, or anything else that its code may not have, is refused before its payload.
class ResponseDecoder {
 public:
  enum class State {
    Header,   // waiting for the rest of a header
    Payload,  // waiting for the rest of the payload that the header announced
    Failed,   // the server broke the protocol; nothing more can be understood
  };

  /// Takes bytes off the front of `input`, at most up to the end of one response. Gives that
  /// response, or nothing when more bytes are needed. After a failure every further call fails.
  Result<std::optional<Response>> push(ByteView& input);

  [[nodiscard]] State state() const { return state_; }

  /// Whether a response has begun and is not complete: an end of the stream here cuts it.
  [[nodiscard]] bool in_the_middle() const { return filled_ > 0 || state_ == State::Payload; }

 private:
  /// Moves bytes into the buffer until it holds `wanted`; true when it does.
  bool fill(ByteView& input, std::size_t wanted);
  Result<std::optional<Response>> finish();
  Error fail(Error error);

  static constexpr std::size_t buffer_size =
      std::max(ResponseHeader::size, largest_response_payload);

  State state_ = State::Header;
  std::array<std::byte, buffer_size> buffer_{};
  std::size_t filled_ = 0;
  std::optional<ResponseHeader> header_;
  std::optional<Error> failure_;
};

}  // namespace sesame::protocol
