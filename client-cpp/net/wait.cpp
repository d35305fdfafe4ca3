#include "net/wait.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "net/interrupt.hpp"

namespace sesame::net {
namespace {

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000));
}

}  // namespace

Result<int> wait_until(std::span<pollfd> fds, Clock::time_point deadline) {
  std::vector<pollfd> all(fds.begin(), fds.end());
  all.push_back({Interrupt::fd(), POLLIN, 0});
  while (true) {
    const int ready = ::poll(all.data(), all.size(), milliseconds_until(deadline));
    if (Interrupt::signal())
      return Error{ErrorCode::Interrupted,
                   "interrupted by a signal; what was acknowledged is safe"};
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return error_from_errno(errno, "poll");
    std::ranges::copy(std::span(all).first(fds.size()), fds.begin());
    return ready;
  }
}

Status sleep_for(Duration duration) {
  const auto slept = wait_until({}, Clock::now() + duration);
  if (!slept) return slept.error();
  return {};
}

}  // namespace sesame::net
