#pragma once

#include <array>
#include <optional>

#include "base/result.hpp"
#include "net/connection.hpp"
#include "protocol/response_decoder.hpp"
#include "transfer/outgoing.hpp"
#include "transfer/token_bucket.hpp"

namespace sesame::transfer {

/// One connection, seen as requests out and responses in.
class Channel {
 public:
  /// `timeout` is how long the server may let us wait, for room to send as for an answer.
  /// `limit` may be null; else it outlives the channel.
  Channel(net::Connection connection, net::Duration timeout, TokenBucket* limit);

  /// Sends until nothing is left or a response has come; then `out` says what was not sent.
  /// Fails with ConnectionLost, Timeout, Interrupted, or as ResponseDecoder does.
  Result<std::optional<protocol::Response>> send(Outgoing& out);

  /// The next response. Fails likewise.
  Result<protocol::Response> receive();
  Result<protocol::Response> receive(net::Duration timeout);

  [[nodiscard]] bool is_closed_by_server() const { return connection_.is_closed(); }

  /// How many responses have come.
  [[nodiscard]] std::size_t answers() const { return answers_; }

  /// Whether a connection that broke just now may have been closed before the server could read the
  /// last request: it had answered an earlier one, and little has been sent since. Servers that
  /// serve one request per connection do that, and it is not a fault.
  [[nodiscard]] bool may_be_stale() const;

 private:
  /// What is in the buffer or the socket already, without waiting.
  Result<std::optional<protocol::Response>> take_response();
  /// The server may have said why before it closed.
  Result<std::optional<protocol::Response>> last_words(const Error& failure);
  /// Waits as the limit wants it, but not when the server speaks.
  Status keep_to_limit(std::size_t sent);

  net::Connection connection_;
  net::Duration timeout_;
  TokenBucket* limit_;
  protocol::ResponseDecoder decoder_;
  std::array<std::byte, 4096> buffer_{};
  ByteView unread_;  // of the buffer
  std::size_t answers_ = 0;
  std::uint64_t sent_since_answer_ = 0;
};

}  // namespace sesame::transfer
