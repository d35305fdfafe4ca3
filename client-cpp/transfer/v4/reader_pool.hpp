#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "transfer/v4/ready_queue.hpp"

namespace sesame::transfer::v4 {

/// Threads that read and hash large jobs, ahead of the one that sends.
class ReaderPool {
 public:
  ReaderPool(unsigned threads, SlabPool& slabs, ReadyQueue& ready);
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;
  ~ReaderPool();

  /// Reads the job to its end: what has not been hashed is hashed, what lies at `from` and behind
  /// is handed to the queue, in order. In the end there comes a ReadEnded, always. Until then the
  /// job stays where it is.
  void send_from(PutJob& job, std::uint64_t from);
  /// Reads the job to its end, for its hash alone.
  void hash(PutJob& job);

  /// The job's ReadEnded will come soon.
  void cancel(PutJob& job);

  /// How much content goes into a block at most.
  void set_block_size(std::size_t size) { block_size_ = size; }

 private:
  struct Task {
    PutJob* job;
    std::uint64_t from;
  };

  void begin(PutJob& job, std::uint64_t from);
  void work();
  Status read(const Task& task, MutableByteView scratch);
  /// Reads some, and hashes what of it is new. Gives how much; 0 at the end.
  Result<std::size_t> read_some(PutJob& job, std::uint64_t position, MutableByteView out) const;

  SlabPool& slabs_;
  ReadyQueue& ready_;
  std::atomic<std::size_t> block_size_ = protocol::v4::largest_block;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace sesame::transfer::v4
