#include "transfer/token_bucket.hpp"

#include <algorithm>

namespace sesame::transfer {
namespace {

constexpr double pieces_per_second = 20;
constexpr double smallest_piece = 512;
constexpr double largest_piece = 256 << 10;

}  // namespace

TokenBucket::TokenBucket(std::uint64_t bytes_per_second, Clock::time_point now)
    : rate_(static_cast<double>(bytes_per_second)), tokens_(0), filled_at_(now) {}

std::size_t TokenBucket::piece() const {
  return static_cast<std::size_t>(
      std::clamp(rate_ / pieces_per_second, smallest_piece, largest_piece));
}

TokenBucket::Clock::duration TokenBucket::take(std::size_t bytes, Clock::time_point now) {
  const std::chrono::duration<double> elapsed = now - filled_at_;
  filled_at_ = now;
  // What was not used in a pause is lost, but for one piece: a pause earns no burst.
  tokens_ = std::min(tokens_ + elapsed.count() * rate_, static_cast<double>(piece()));
  tokens_ -= static_cast<double>(bytes);
  const std::chrono::duration<double> wait(std::max(0.0, -tokens_ / rate_));
  return std::chrono::ceil<Clock::duration>(wait);
}

}  // namespace sesame::transfer
