#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/wake_fd.hpp"
#include "transfer/v4/local_file.hpp"

namespace sesame::transfer::v4 {

/// The bytes of one large upload. They are read by one thread; interrupt() and forget_before() may
/// be called by another.
class Content {
 public:
  virtual ~Content() = default;

  /// Up to `out.size()` bytes from that place, at least one unless it is the end. Fails with
  /// Changed, Io, or Interrupted after interrupt().
  virtual Result<std::size_t> read_at(std::uint64_t offset, MutableByteView out) = 0;

  /// That what was read is of one piece. Fails with Changed.
  virtual Status check_unchanged() = 0;

  /// Ends a read_at() that waits, and each one that would, until resume().
  virtual void interrupt() {}
  virtual void resume() {}

  /// The server has all that comes before.
  virtual void forget_before(std::uint64_t /*offset*/) {}
};

/// A file: any place can be read at any time.
class FileContent : public Content {
 public:
  explicit FileContent(LocalFile file) : file_(std::move(file)) { file_.expect_sequential_reads(); }

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteView out) override;
  Status check_unchanged() override { return file_.check_unchanged(); }

 private:
  LocalFile file_;
};

/// Standard input: it can be read once. What the server has not reported as taken is kept, so that
/// a connection that breaks costs nothing.
class StreamContent : public Content {
 public:
  /// More is not read before the server has taken something.
  static constexpr std::size_t most_kept = std::size_t{16} << 20;

  explicit StreamContent(int fd) : fd_(fd) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteView out) override;
  Status check_unchanged() override { return {}; }
  void interrupt() override;
  void resume() override;
  void forget_before(std::uint64_t offset) override;

 private:
  Result<std::size_t> read_kept(std::uint64_t offset, MutableByteView out) const;
  Result<std::size_t> read_fresh(MutableByteView out);
  /// Until something can be read.
  Status wait();

  int fd_;
  net::WakeFd interrupted_fd_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool interrupted_ = false;
  std::deque<Bytes> kept_;
  std::uint64_t kept_from_ = 0;  // the place of the first byte that is kept
  std::uint64_t end_ = 0;        // the place behind the last byte that was read
};

}  // namespace sesame::transfer::v4
