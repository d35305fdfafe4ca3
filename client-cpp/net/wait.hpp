#pragma once

#include <chrono>
#include <span>

#include <poll.h>

#include "base/result.hpp"

namespace sesame::net {

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;

/// poll(), until one of `fds` is ready or `deadline` has passed: gives how many are ready, 0 at the
/// deadline. A signal that Interrupt takes ends it with Interrupted.
Result<int> wait_until(std::span<pollfd> fds, Clock::time_point deadline);

/// Nothing but time, and a signal that ends it.
Status sleep_for(Duration duration);

}  // namespace sesame::net
