#include "transfer/channel.hpp"

#include <utility>

namespace sesame::transfer {

using net::Clock;
using net::Connection;
using protocol::Response;
namespace {

/// What may be on its way before the news of a close comes back: a small file and its frames.
constexpr std::uint64_t little = std::uint64_t{260} << 10;

}  // namespace

Channel::Channel(Connection connection, net::Duration timeout, TokenBucket* limit)
    : connection_(std::move(connection)), timeout_(timeout), limit_(limit) {}

Result<std::optional<Response>> Channel::send(Outgoing& out) {
  while (!out.empty()) {
    if (connection_.is_readable()) {
      auto early = take_response();
      if (!early || early->has_value()) return early;
    }
    const Outgoing piece = limit_ ? out.first(limit_->piece()) : out;
    const auto sent = connection_.send(piece.parts());
    if (!sent) return last_words(sent.error());
    out.advance(*sent);
    sent_since_answer_ += *sent;
    if (*sent == 0) {
      const auto ready =
          connection_.wait(Connection::Interest::ReadOrWrite, Clock::now() + timeout_);
      if (!ready) return ready.error();
    } else if (limit_) {
      if (const auto kept = keep_to_limit(*sent); !kept) return kept.error();
    }
  }
  return std::optional<Response>();
}

bool Channel::may_be_stale() const {
  return answers_ > 0 && sent_since_answer_ <= little;
}

Status Channel::keep_to_limit(std::size_t sent) {
  const auto until = Clock::now() + limit_->take(sent, Clock::now());
  while (Clock::now() < until && !connection_.is_readable()) {
    const auto ready = connection_.wait(Connection::Interest::Read, until);
    if (!ready && ready.error().code != ErrorCode::Timeout) return ready.error();
  }
  return {};
}

Result<Response> Channel::receive() {
  return receive(timeout_);
}

Result<Response> Channel::receive(net::Duration timeout) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    auto response = take_response();
    if (!response) return response.error();
    if (response->has_value()) return **std::move(response);
    const auto ready = connection_.wait(Connection::Interest::Read, deadline);
    if (!ready) return ready.error();
  }
}

Result<std::optional<Response>> Channel::take_response() {
  if (unread_.empty()) {
    const auto received = connection_.receive(buffer_);
    if (!received && decoder_.in_the_middle()) {
      return Error{received.error().code, "the connection ended in the middle of a response"};
    }
    if (!received) return received.error();
    unread_ = ByteView(buffer_).first(*received);
  }
  auto response = decoder_.push(unread_);
  if (response && response->has_value()) {
    ++answers_;
    sent_since_answer_ = 0;
  }
  return response;
}

Result<std::optional<Response>> Channel::last_words(const Error& failure) {
  while (true) {
    auto response = take_response();
    if (response && response->has_value()) return response;
    const bool nothing_more = !response || !connection_.is_readable();
    if (nothing_more) return failure;
  }
}

}  // namespace sesame::transfer
