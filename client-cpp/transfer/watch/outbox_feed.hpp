#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/wake_fd.hpp"
#include "transfer/v4/put_items.hpp"
#include "transfer/watch/outbox_rows.hpp"

namespace sesame::transfer::watch {

/// Between the thread that watches and the run that sends: a few files that are ready, and which of
/// those that were given out have not come to their end. The run goes on, over its one connection,
/// as long as either is left.
class OutboxFeed : public v4::ItemSource {
 public:
  /// So many files lie ready at most.
  static constexpr std::size_t room = 1024;

  /// `wake` is signalled when files are wanted.
  explicit OutboxFeed(net::WakeFd& wake) : wake_(wake) {}

  std::optional<v4::PutItem> next() override;
  void stop() override;

  /// How many files are wanted now.
  [[nodiscard]] std::size_t wants() const;
  /// Not one that is ready or on its way already.
  void add(std::vector<WaitingFile> files);
  [[nodiscard]] bool has(const std::string& path) const;
  /// Nothing is ready, and nothing on its way: without more files the run is to end.
  [[nodiscard]] bool is_idle() const;

  /// A file that was given out has come to its end. Gives its version.
  std::int64_t ended(const std::string& path);

 private:
  net::WakeFd& wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingFile> ready_;
  std::unordered_map<std::string, std::int64_t> out_;  // versions of what is ready or on its way
  bool stopped_ = false;
};

}  // namespace sesame::transfer::watch
