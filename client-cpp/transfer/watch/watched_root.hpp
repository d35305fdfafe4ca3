#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sesame::transfer::watch {

/// A folder that the user named. It may not be there, now or later: a disk that is not mounted.
struct WatchedRoot {
  std::filesystem::path source;  // absolute
  std::string path;              // on the server
  /// Something was mounted right there when it was seen last.
  bool was_mount = false;
  std::filesystem::path resolved = {};  // without links, while it is there
  bool is_there = false;
};

/// Looks whether a root is there, and resolves it. Gives why it is not: an empty folder where
/// something used to be mounted is none of ours.
[[nodiscard]] std::optional<std::string> look_at_root(WatchedRoot& root);

}  // namespace sesame::transfer::watch
