#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/v4/requests.hpp"

namespace sesame::transfer::v4 {

/// A fixed number of buffers for content on its way from the disk to the wire: what bounds the
/// memory of a run, however many files there are and however large they are.
class SlabPool {
 public:
  /// The largest block of content, with the head of its frame before it.
  static constexpr std::size_t slab_size =
      protocol::v4::data_frame_head_size + protocol::v4::largest_block;

  explicit SlabPool(std::size_t count);
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  /// One buffer; goes back to its pool when it is destroyed.
  class Slab {
   public:
    [[nodiscard]] MutableByteView bytes() const { return {memory_.get(), slab_size}; }

   private:
    friend class SlabPool;
    struct Return {
      SlabPool* pool;
      void operator()(std::byte* memory) const { pool->give_back(memory); }
    };
    Slab(std::byte* memory, SlabPool* pool) : memory_(memory, Return{pool}) {}
    std::unique_ptr<std::byte, Return> memory_;
  };

  /// As soon as one is free; nothing when `cancelled` is set first.
  std::optional<Slab> acquire(const std::atomic<bool>& cancelled);

  /// Whoever waits looks at its `cancelled` again.
  void wake_all();

 private:
  void give_back(std::byte* memory);

  std::unique_ptr<std::byte[]> memory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::byte*> free_;
};

}  // namespace sesame::transfer::v4
