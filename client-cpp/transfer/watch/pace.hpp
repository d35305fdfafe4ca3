#pragma once

#include <optional>
#include <random>

#include "transfer/watch/clock.hpp"

namespace sesame::transfer::watch {

/// When a server that could not be reached, or took nothing, is tried again (docs/WATCH.md 3).
class Pace {
 public:
  static constexpr Moment first_delay = std::chrono::seconds(1);
  static constexpr Moment longest_delay = std::chrono::minutes(5);
  /// News make it try at once, where the last attempt is that long ago.
  static constexpr Moment news_after = std::chrono::seconds(10);

  explicit Pace(std::uint32_t seed = std::random_device{}()) : random_(seed) {}

  /// It failed: gives how long to wait. Twice as long after each failure, within 20 %.
  Moment failed(Moment now);
  /// Something arrived: the next failure is a first one.
  void progressed() { delay_ = first_delay; }
  /// All went well: nothing to wait for.
  void succeeded();
  /// The network is back, or there is a new file.
  void news(Moment now);

  /// Nothing: at once.
  [[nodiscard]] std::optional<Moment> not_before() const { return not_before_; }
  [[nodiscard]] bool may_try(Moment now) const { return !not_before_ || now >= *not_before_; }

 private:
  std::minstd_rand random_;
  Moment delay_ = first_delay;
  Moment last_attempt_{};
  std::optional<Moment> not_before_;
};

/// How long a file waits that has failed so often (from 1 on): 1 min, doubled up to 6 h.
[[nodiscard]] Moment file_delay(std::int64_t failures);

/// How long until the next look at a file that is to be removed, and that somebody holds open.
[[nodiscard]] Moment held_delay(std::int64_t looks);

}  // namespace sesame::transfer::watch
