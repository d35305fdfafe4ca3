#pragma once

#include <chrono>
#include <random>

namespace sesame::net {

/// How long to wait before the next try: twice as long after each failure, up to a cap, and each
/// time a random part of that, so that many clients do not come back in the same moment.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  static constexpr Duration first{500};
  static constexpr Duration cap{30'000};

  explicit Backoff(std::uint32_t seed = std::random_device{}()) : random_(seed) {}

  /// Between a half and the whole of the current step.
  Duration next();

  /// Something went well: the next failure is a first one.
  void reset() { step_ = first; }

 private:
  std::minstd_rand random_;
  Duration step_ = first;
};

}  // namespace sesame::net
