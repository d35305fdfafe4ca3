#pragma once

#include <cstdint>
#include <optional>

#include "net/wait.hpp"
#include "transfer/token_bucket.hpp"
#include "transfer/v4/channel.hpp"

namespace sesame::transfer::v4 {

/// What is on its way out of one connection after the other: small frames, which are copied and go
/// first, and frames with content, one piece at a time, which stay where they are. Keeps to the
/// window and to the rate that the user allows.
class Outbox {
 public:
  explicit Outbox(std::optional<std::uint64_t> bytes_per_second);

  /// A new connection: nothing is on its way, and nothing of what was will go out.
  void begin(Channel& channel, std::uint32_t window);

  void add_frame(ByteView frame);

  /// How much content the window has room for.
  [[nodiscard]] std::uint64_t window_room() const { return window_ - (content_ - taken_); }
  [[nodiscard]] std::uint32_t window() const { return window_; }

  /// Whether content can be added: none is on its way.
  [[nodiscard]] bool takes_content() const { return content_frames_.empty(); }
  /// Frames that hold so much content. They stay valid until takes_content().
  void add_content(ByteView frames, std::uint64_t content);

  /// Sends until nothing is left or there is no room. Fails with ConnectionLost.
  Status pump();

  /// The server has taken so much content of this connection. Fails with UnexpectedResponse when
  /// that cannot be.
  Status on_window(std::uint64_t taken);

  [[nodiscard]] bool is_idle() const { return frames_.empty() && content_frames_.empty(); }
  /// There is something to send and no room for it: waiting for room makes sense.
  [[nodiscard]] bool waits_for_room() const { return waits_for_room_; }
  /// When the rate allows to go on.
  [[nodiscard]] net::Clock::time_point not_before() const { return not_before_; }
  /// Grows whenever something was taken for sending.
  [[nodiscard]] std::uint64_t bytes_taken() const { return bytes_taken_; }
  /// Content of this connection so far.
  [[nodiscard]] std::uint64_t content() const { return content_; }

 private:
  Result<std::size_t> send_some(ByteView bytes);

  Channel* channel_ = nullptr;
  std::optional<TokenBucket> limit_;
  net::Clock::time_point not_before_ = net::Clock::time_point::min();

  Bytes frames_;                 // small ones
  std::size_t frames_sent_ = 0;  // bytes of them
  ByteView content_frames_;      // what is left of them
  bool content_begun_ = false;   // a part of them is out: no other frame may come between

  std::uint32_t window_ = 0;
  std::uint64_t content_ = 0;
  std::uint64_t taken_ = 0;
  bool waits_for_room_ = false;
  std::uint64_t bytes_taken_ = 0;
};

}  // namespace sesame::transfer::v4
