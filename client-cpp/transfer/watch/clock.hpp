#pragma once

#include <chrono>

namespace sesame::transfer::watch {

/// Milliseconds since 1970.
using Moment = std::chrono::milliseconds;

/// What time it is to a watcher.
class WatchClock {
 public:
  virtual ~WatchClock() = default;

  /// What is due when is counted by this: it begins with the time of day, and goes on as time
  /// passes, whatever becomes of the time of day.
  [[nodiscard]] virtual Moment now() const = 0;

  /// The time of day, to be shown, and held against the times of files.
  [[nodiscard]] virtual Moment wall() const = 0;
};

class SystemClock : public WatchClock {
 public:
  [[nodiscard]] Moment now() const override {
    return began_at_ + std::chrono::duration_cast<Moment>(Steady::now() - began_);
  }
  [[nodiscard]] Moment wall() const override {
    return std::chrono::duration_cast<Moment>(std::chrono::system_clock::now().time_since_epoch());
  }

 private:
  using Steady = std::chrono::steady_clock;
  Steady::time_point began_ = Steady::now();
  Moment began_at_ = wall();
};

}  // namespace sesame::transfer::watch
