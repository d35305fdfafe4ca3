#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <variant>
#include <vector>

#include "net/wake_fd.hpp"
#include "transfer/v4/put_job.hpp"
#include "transfer/v4/slab_pool.hpp"

namespace sesame::transfer::v4 {

/// Many 1106 frames one behind the other, ready but for their streams.
struct SmallBatch {
  struct Frame {
    PutJobPtr job;
    std::size_t begin;
    std::size_t size;
  };

  SlabPool::Slab slab;
  std::vector<Frame> frames;
  std::size_t next = 0;  // the first frame that has not been sent

  [[nodiscard]] std::size_t size() const {
    return frames.empty() ? 0 : frames.back().begin + frames.back().size;
  }
};

/// Content of a large job; the head of its frame goes before it.
struct ContentBlock {
  PutJob* job;
  SlabPool::Slab slab;
  std::uint64_t offset;
  std::size_t size;
  std::size_t sent = 0;
};

/// A reader lets go of a large job: its content is read and hashed, or that failed, or was
/// cancelled (Interrupted).
struct ReadEnded {
  PutJob* job;
  Status status;
};

/// A large job whose content is open.
struct LargeFound {
  PutJobPtr job;
};

struct FolderFound {
  PutJobPtr job;
};

struct Unreadable {
  PutJobPtr job;
  Error reason;
};

/// The source has no more items.
struct SourceExhausted {};

using Ready = std::variant<SmallBatch, ContentBlock, ReadEnded, LargeFound, FolderFound, Unreadable,
                           SourceExhausted>;

/// From the threads that read to the one that sends. It is woken only when it sleeps.
class ReadyQueue {
 public:
  void push(Ready ready);

  /// Moves all there is behind `out`.
  void take_all(std::deque<Ready>& out);

  /// Until there is something to take, come what may.
  void wait();

  /// Before waiting for fd(): whether there is nothing to take, so that waiting makes sense.
  [[nodiscard]] bool begin_wait();
  /// Ends such a wait, with nothing to take.
  void nudge();
  void end_wait();
  [[nodiscard]] int fd() const { return wake_.fd(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Ready> queue_;
  bool sleeper_ = false;
  net::WakeFd wake_;
};

}  // namespace sesame::transfer::v4
