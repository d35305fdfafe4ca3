#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/unique_fd.hpp"
#include "transfer/watch/outbox_rows.hpp"

namespace sesame::transfer::watch {

/// `outbox.db`: what a watcher has yet to send to one server, and what it has sent
/// (docs/WATCH.md 2). One program at a time has it.
class Outbox {
 public:
  /// Makes it, and its folder, if need be. Fails with AlreadyExists where another watcher has it,
  /// Damaged, NoSpace, or Io, also where it is made by a newer program, or not on a disk of this
  /// machine.
  static Result<Outbox> open(const std::filesystem::path& folder);

  /// Takes a damaged one out of the way, once nobody has it. Gives where it is now. Fails with Io.
  static Result<std::filesystem::path> set_aside(const std::filesystem::path& folder);

  /// To look at, also while somebody has it. Fails with NotFound where nobody ever watched, or Io.
  static Result<Outbox> look(const std::filesystem::path& folder);

  /// Which process watches, if one does.
  static Result<std::optional<std::string>> watcher(const std::filesystem::path& folder);

  /// All that `work` does with the rows, or nothing where it fails. On disk when this is over. May
  /// be called by any thread, and not within `work`.
  template <typename Work>
  Status together(Work work) {
    const std::lock_guard lock(*mutex_);
    if (const auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return begun;
    Status done = work(rows_);
    if (done) done = database_.run("COMMIT");
    if (!done) (void)database_.run("ROLLBACK");
    return done;
  }

  /// What `work` reads, of one moment.
  template <typename Work>
  auto read(Work work) -> decltype(work(std::declval<OutboxRows&>())) {
    const std::lock_guard lock(*mutex_);
    return work(rows_);
  }

 private:
  Outbox(SqlDatabase database, OutboxRows rows, UniqueFd lock)
      : lock_(std::move(lock)), database_(std::move(database)), rows_(std::move(rows)) {}

  UniqueFd lock_;
  SqlDatabase database_;
  OutboxRows rows_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

}  // namespace sesame::transfer::watch
