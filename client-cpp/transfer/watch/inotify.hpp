#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sesame::transfer::watch {

/// What the kernel tells of a folder that is watched.
struct FolderEvent {
  int watch;              // −1 where events were lost
  std::uint32_t mask;     // IN_…
  std::string_view name;  // of an entry; empty: the folder itself
};

/// Folders that the kernel watches for us: files closed after writing, moved in, linked, and
/// folders that come and go.
class Inotify {
 public:
  /// Fails with Io, and says what to raise where too many programs watch.
  static Result<Inotify> open();

  /// The watch of a folder: that it has, if it has one. Fails with NotFound (it is no folder any
  /// more), TooLarge (there are no watches left) or Io.
  Result<int> add(const std::filesystem::path& folder);
  void remove(int watch);

  /// The next events, at most a buffer full: none when there are none now. What they point to is
  /// valid until the next call.
  Result<std::span<const FolderEvent>> read();

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Inotify(UniqueFd fd);

  UniqueFd fd_;
  std::vector<std::byte> buffer_;
  std::vector<FolderEvent> events_;
};

}  // namespace sesame::transfer::watch
