#include "net/backoff.hpp"

#include <algorithm>

namespace sesame::net {

Backoff::Duration Backoff::next() {
  std::uniform_int_distribution<Duration::rep> spread(step_.count() / 2, step_.count());
  step_ = std::min(step_ * 2, cap);
  return Duration(spread(random_));
}

}  // namespace sesame::net
