#include "transfer/block_ring.hpp"

namespace sesame::transfer {

BlockRing::BlockRing(std::size_t block_size)
    : block_size_(block_size), memory_(block_size * block_count) {}

MutableByteView BlockRing::buffer(std::size_t position) {
  return MutableByteView(memory_).subspan(position % block_count * block_size_, block_size_);
}

void BlockRing::reset() {
  published_ = 0;
  released_ = 0;
  closed_.reset();
  abandoned_ = false;
}

std::optional<MutableByteView> BlockRing::claim() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return abandoned_ || published_ - released_ < block_count; });
  if (abandoned_) return std::nullopt;
  return buffer(published_);
}

void BlockRing::publish(std::size_t size) {
  const std::lock_guard lock(mutex_);
  sizes_[published_ % block_count] = size;
  ++published_;
  changed_.notify_one();
}

void BlockRing::close(Status status) {
  const std::lock_guard lock(mutex_);
  closed_ = std::move(status);
  changed_.notify_one();
}

Result<ByteView> BlockRing::front() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || released_ < published_; });
  if (released_ < published_) {
    return ByteView(buffer(released_).first(sizes_[released_ % block_count]));
  }
  if (!*closed_) return closed_->error();
  return ByteView();
}

void BlockRing::release() {
  const std::lock_guard lock(mutex_);
  ++released_;
  changed_.notify_one();
}

void BlockRing::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  changed_.notify_one();
}

}  // namespace sesame::transfer
