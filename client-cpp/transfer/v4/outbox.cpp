#include "transfer/v4/outbox.hpp"

#include <algorithm>

namespace sesame::transfer::v4 {

using net::Clock;

Outbox::Outbox(std::optional<std::uint64_t> bytes_per_second) {
  if (bytes_per_second) limit_.emplace(*bytes_per_second, Clock::now());
}

void Outbox::begin(Channel& channel, std::uint32_t window) {
  channel_ = &channel;
  frames_.clear();
  frames_sent_ = 0;
  content_frames_ = {};
  content_begun_ = false;
  window_ = window;
  content_ = 0;
  taken_ = 0;
  waits_for_room_ = false;
}

void Outbox::add_frame(ByteView frame) {
  frames_.insert(frames_.end(), frame.begin(), frame.end());
}

void Outbox::add_content(ByteView frames, std::uint64_t content) {
  content_frames_ = frames;
  content_begun_ = false;
  content_ += content;
}

Status Outbox::pump() {
  waits_for_room_ = false;
  while (!is_idle()) {
    const bool small_first = !content_begun_ && !frames_.empty();
    const ByteView rest = small_first ? ByteView(frames_).subspan(frames_sent_) : content_frames_;
    const auto sent = send_some(rest);
    if (!sent) return sent.error();
    if (small_first) {
      frames_sent_ += *sent;
      if (frames_sent_ == frames_.size()) {
        frames_.clear();
        frames_sent_ = 0;
      }
    } else {
      content_frames_ = content_frames_.subspan(*sent);
      content_begun_ = !content_frames_.empty();
    }
    if (*sent < rest.size()) break;
  }
  if (const auto flushed = channel_->flush(); !flushed) return flushed;
  waits_for_room_ = channel_->has_unsent();
  return {};
}

Result<std::size_t> Outbox::send_some(ByteView bytes) {
  if (!limit_) {
    const auto sent = channel_->send(bytes);
    if (sent) bytes_taken_ += *sent;
    return sent;
  }
  const auto now = Clock::now();
  if (now < not_before_) return std::size_t{0};
  const auto sent = channel_->send(bytes.first(std::min(bytes.size(), limit_->piece())));
  if (!sent) return sent;
  bytes_taken_ += *sent;
  not_before_ = now + limit_->take(*sent, now);
  return sent;
}

Status Outbox::on_window(std::uint64_t taken) {
  if (taken < taken_ || taken > content_) {
    return Error{ErrorCode::UnexpectedResponse,
                 "the server broke the protocol: it has taken content that was not sent"};
  }
  taken_ = taken;
  return {};
}

}  // namespace sesame::transfer::v4
