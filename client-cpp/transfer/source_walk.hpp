#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dirent.h>

#include "base/result.hpp"
#include "transfer/path_filter.hpp"
#include "transfer/source_roots.hpp"
#include "transfer/v4/put_items.hpp"

namespace sesame::transfer {

/// Is told what a walk leaves out. The calls come from the thread that walks.
class WalkObserver {
 public:
  virtual ~WalkObserver() = default;

  /// Not a file, so there is nothing to send: a link, a socket, a pipe, a device.
  virtual void skipped(const std::filesystem::path& source, const std::string& why) = 0;
  /// Should have been sent, and cannot be.
  virtual void failed(const std::filesystem::path& source, const Error& error) = 0;
};

struct WalkOptions {
  bool recursive = false;
  PathFilter filter = {};
  /// The folder on the server that all goes to, or empty. The filter does not see it.
  std::string below = {};
  /// Is told of each folder, here and on the server, before it is read. May be empty.
  std::function<void(const std::filesystem::path& source, const std::string& path)> entering = {};

  /// Whether the filter leaves out this path on the server.
  [[nodiscard]] bool excludes(std::string_view path, bool is_folder) const;
};

/// Why no server takes this path, which is known to be a bad one.
[[nodiscard]] Error bad_path(std::string_view path);

/// Finds the files that were named, and those in folders that were named, one at a time: its
/// memory grows with the number of folders that wait, not with that of files.
///
/// Links are followed where they were named, and nowhere below. A folder comes after all that is in
/// it, so that its mtime can be set for good.
class SourceWalk : public v4::ItemSource {
 public:
  SourceWalk(WalkOptions options, RootSource& roots, WalkObserver& observer)
      : options_(std::move(options)), roots_(roots), observer_(observer) {}

  std::optional<v4::PutItem> next() override;
  void stop() override { stopped_ = true; }

 private:
  struct CloseDir {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  using DirHandle = std::unique_ptr<DIR, CloseDir>;

  /// A folder on the way. Its subfolders wait until its own entries are read: only one folder is
  /// open at a time, however deep it goes.
  struct Frame {
    std::filesystem::path source;
    std::string path;
    DirHandle folder;
    std::vector<std::string> subfolders = {};
  };

  std::optional<v4::PutItem> begin(const SourceRoot& root);
  std::optional<v4::PutItem> go_on();
  std::optional<v4::PutItem> look_at(Frame& frame, const dirent& entry);
  bool enter(std::filesystem::path source, std::string path);
  bool is_wanted(const std::filesystem::path& source, const std::string& path, bool is_folder);

  WalkOptions options_;
  RootSource& roots_;
  WalkObserver& observer_;
  std::vector<Frame> frames_;
  bool at_end_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace sesame::transfer
