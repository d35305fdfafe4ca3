#include "transfer/v4/slab_pool.hpp"

namespace sesame::transfer::v4 {

SlabPool::SlabPool(std::size_t count)
    : memory_(std::make_unique_for_overwrite<std::byte[]>(count * slab_size)) {
  for (std::size_t i = 0; i < count; ++i)
    free_.push_back(memory_.get() + i * slab_size);
}

std::optional<SlabPool::Slab> SlabPool::acquire(const std::atomic<bool>& cancelled) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled || !free_.empty(); });
  if (cancelled) return std::nullopt;
  // The one that was used last is the one that the cache still holds.
  std::byte* const memory = free_.back();
  free_.pop_back();
  return Slab(memory, this);
}

void SlabPool::wake_all() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void SlabPool::give_back(std::byte* memory) {
  const std::lock_guard lock(mutex_);
  free_.push_back(memory);
  changed_.notify_one();
}

}  // namespace sesame::transfer::v4
