#include "transfer/v4/ready_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sesame::transfer::v4 {

void ReadyQueue::push(Ready ready) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(ready));
  changed_.notify_one();
  if (!sleeper_) return;
  sleeper_ = false;
  wake_.signal();
}

void ReadyQueue::nudge() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(sleeper_, false)) return;
  wake_.signal();
}

void ReadyQueue::take_all(std::deque<Ready>& out) {
  const std::lock_guard lock(mutex_);
  std::ranges::move(queue_, std::back_inserter(out));
  queue_.clear();
}

bool ReadyQueue::begin_wait() {
  const std::lock_guard lock(mutex_);
  sleeper_ = queue_.empty();
  return sleeper_;
}

void ReadyQueue::end_wait() {
  const std::lock_guard lock(mutex_);
  if (!sleeper_) wake_.clear();
  sleeper_ = false;
}

void ReadyQueue::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !queue_.empty(); });
}

}  // namespace sesame::transfer::v4
