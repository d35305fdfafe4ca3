#include "transfer/v4/reader_pool.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace sesame::transfer::v4 {
namespace {

constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

Error cancelled_error() {
  return {ErrorCode::Interrupted, "reading was cancelled"};
}

}  // namespace

ReaderPool::ReaderPool(unsigned threads, SlabPool& slabs, ReadyQueue& ready)
    : slabs_(slabs), ready_(ready) {
  for (unsigned i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

ReaderPool::~ReaderPool() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void ReaderPool::send_from(PutJob& job, std::uint64_t from) {
  begin(job, from);
}

void ReaderPool::hash(PutJob& job) {
  begin(job, nowhere);
}

void ReaderPool::begin(PutJob& job, std::uint64_t from) {
  job.large->is_read = true;
  job.large->cancelled = false;
  job.large->content->resume();
  const std::lock_guard lock(mutex_);
  tasks_.push_back({&job, from});
  changed_.notify_one();
}

void ReaderPool::cancel(PutJob& job) {
  job.large->cancelled = true;
  job.large->content->interrupt();
  slabs_.wake_all();
}

void ReaderPool::work() {
  Bytes scratch;
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const Task task = tasks_.front();
    tasks_.pop_front();
    lock.unlock();
    const bool hashes_alone = task.job->large->hashed < task.from;
    if (hashes_alone && scratch.empty()) scratch.resize(protocol::v4::largest_block);
    ready_.push(ReadEnded{task.job, read(task, scratch)});
  }
}

Status ReaderPool::read(const Task& task, MutableByteView scratch) {
  PutJob& job = *task.job;
  LargePart& large = *job.large;
  std::uint64_t position = std::min(large.hashed, task.from);
  while (true) {
    if (large.cancelled) return cancelled_error();
    if (position < task.from) {
      const auto most =
          static_cast<std::size_t>(std::min<std::uint64_t>(scratch.size(), task.from - position));
      const auto count = read_some(job, position, scratch.first(most));
      if (!count) return count.error();
      if (*count == 0) break;
      position += *count;
      continue;
    }
    if (large.size_known && position == job.size) break;
    auto slab = slabs_.acquire(large.cancelled);
    if (!slab) return cancelled_error();
    const auto room = slab->bytes().subspan(protocol::v4::data_frame_head_size, block_size_);
    const auto count = read_some(job, position, room);
    if (!count) return count.error();
    if (*count == 0) break;
    ready_.push(ContentBlock{&job, *std::move(slab), position, *count});
    position += *count;
  }
  if (const auto same = large.content->check_unchanged(); !same) return same;
  if (!large.hash_complete) {
    job.sha256 = large.hash.finish();
    job.size = large.hashed;
    large.hash_complete = true;
  }
  return {};
}

Result<std::size_t> ReaderPool::read_some(PutJob& job, std::uint64_t position,
                                          MutableByteView out) const {
  LargePart& large = *job.large;
  auto count = large.content->read_at(position, out);
  if (!count) return count.error();
  const std::uint64_t end = position + *count;
  if (end > large.hashed) {
    const auto known = static_cast<std::size_t>(large.hashed - position);
    large.hash.update(out.first(*count).subspan(known));
    large.hashed = end;
  }
  return count;
}

}  // namespace sesame::transfer::v4
