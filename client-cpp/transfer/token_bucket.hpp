#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sesame::transfer {

/// Holds a stream of bytes to a rate. It knows no clock: the time is told to it.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  TokenBucket(std::uint64_t bytes_per_second, Clock::time_point now);

  /// The most to send at once, so that the stream stays even: a twentieth of a second's worth.
  [[nodiscard]] std::size_t piece() const;

  /// Takes so many bytes out, on credit if need be. Gives how long to wait before the next.
  Clock::duration take(std::size_t bytes, Clock::time_point now);

 private:
  double rate_;
  double tokens_;  // below zero: on credit
  Clock::time_point filled_at_;
};

}  // namespace sesame::transfer
