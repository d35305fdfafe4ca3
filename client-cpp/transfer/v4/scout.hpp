#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/client_id.hpp"
#include "transfer/v4/ready_queue.hpp"

namespace sesame::transfer::v4 {

/// Takes items from their source, in a thread of its own, and makes of each what can be sent: small
/// files are read, hashed and put into batches of frames, large ones are opened.
class Scout {
 public:
  /// How many large jobs may be between here and their end: enough for one 1103 not to wait for the
  /// answer to another.
  static constexpr int most_large_jobs = 64;

  Scout(ItemSource& source, const ClientId& client_id, int stdin_fd, SlabPool& slabs,
        ReadyQueue& ready);
  Scout(const Scout&) = delete;
  Scout& operator=(const Scout&) = delete;
  ~Scout();

  /// A file of at most this size travels in one frame.
  void set_small_limit(std::size_t bytes) { small_limit_ = bytes; }

  /// Another time: opened and read anew. Comes back through the queue, with is_redone set.
  void redo(PutJobPtr job);

  /// A large job has come to its end.
  void release_slot();

  /// The batch that is being filled, so that a source that takes its time keeps nothing from being
  /// sent. Nothing when there is none, or when it is just being worked on.
  std::optional<SmallBatch> take_unfinished();
  [[nodiscard]] bool has_unfinished() const { return has_unfinished_; }

  /// No more items. Waits for the thread. What was to be done again stays undone.
  std::vector<PutJobPtr> stop();

 private:
  void work();
  /// The next job to prepare, and whether it is for another time; nothing when there is none now.
  PutJobPtr next_job(std::unique_lock<std::mutex>& lock);
  void prepare(PutJobPtr job);
  void prepare_file(PutJobPtr job);
  void prepare_large(PutJobPtr job, std::unique_ptr<Content> content);
  /// Puts it into the batch. Fails as LocalFile.
  Status add_small(PutJobPtr& job, const LocalFile& file);
  /// A batch with room for a frame, under `lock`; false when the scout has been stopped.
  bool make_room(std::unique_lock<std::mutex>& lock, std::size_t frame_size);
  void publish_batch();

  ItemSource& source_;
  const ClientId client_id_;
  const int stdin_fd_;
  SlabPool& slabs_;
  ReadyQueue& ready_;
  std::atomic<std::size_t> small_limit_ = protocol::v4::largest_put;

  std::mutex batch_mutex_;
  std::optional<SmallBatch> batch_;
  std::atomic<bool> has_unfinished_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PutJobPtr> redo_;
  PutJobPtr waits_for_slot_;     // a large one
  int slots_ = most_large_jobs;  // below zero when small files grew
  bool exhausted_ = false;
  std::atomic<bool> stopped_ = false;
  std::jthread thread_;
};

}  // namespace sesame::transfer::v4
