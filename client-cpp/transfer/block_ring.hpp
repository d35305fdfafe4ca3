#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace sesame::transfer {

/// A few buffers that go round between one producer and one consumer: while one block is sent, the
/// next ones are made. Nothing is allocated once it stands, however large the file.
class BlockRing {
 public:
  static constexpr std::size_t block_count = 4;

  explicit BlockRing(std::size_t block_size);

  /// Empty, and ready for another file. Nobody else may be using the ring.
  void reset();

  // The producer's side.

  /// A buffer to fill, as soon as one is free; nothing when the consumer has gone.
  std::optional<MutableByteView> claim();
  /// Hands over the first `size` bytes of the claimed buffer.
  void publish(std::size_t size);
  /// No more will come: because all is there, or because of a failure.
  void close(Status status);

  // The consumer's side.

  /// The oldest block, as soon as there is one; empty at the end; the producer's failure if it
  /// failed. It stays valid until release().
  Result<ByteView> front();
  void release();
  /// Nobody will take more: the producer can stop.
  void abandon();

  /// The first buffer, for who fills and takes blocks in turns without a second thread.
  [[nodiscard]] MutableByteView first_buffer() { return buffer(0); }

 private:
  [[nodiscard]] MutableByteView buffer(std::size_t position);

  const std::size_t block_size_;
  Bytes memory_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::size_t, block_count> sizes_{};
  std::size_t published_ = 0;  // blocks ever published: the place of the next one to fill
  std::size_t released_ = 0;   // blocks ever released: the place of the next one to take
  std::optional<Status> closed_;
  bool abandoned_ = false;
};

}  // namespace sesame::transfer
