#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transfer/source_walk.hpp"
#include "transfer/watch/folder_table.hpp"
#include "transfer/watch/inotify.hpp"
#include "transfer/watch/watched_root.hpp"

namespace sesame::transfer::watch {

/// Is told what happens below the folders that are watched.
class TreeObserver : public WalkObserver {
 public:
  /// A file was closed after writing, or moved in.
  virtual void closed(const std::filesystem::path& source, const std::string& path) = 0;
  /// A file was found by looking. It may be one that is known, and somebody may be writing it.
  virtual void found(const std::filesystem::path& source, const std::string& path) = 0;
  /// A file that was on its way out when a watcher ended (sent_removal.hpp).
  virtual void left_aside(const std::filesystem::path& source) = 0;

  /// All is looked through now, and was.
  virtual void rescan_began(const std::string& why) = 0;
  virtual void rescan_ended() = 0;
  virtual void root_lost(const WatchedRoot& root, const std::string& why) = 0;
  virtual void root_came(const WatchedRoot& root) = 0;
  /// The kernel watches no more folders. Once, until there was room for all.
  virtual void watches_used_up(std::size_t folders) = 0;
  /// After that: there was room for all.
  virtual void watches_suffice() = 0;
};

/// Keeps an eye on some folders and all below them: by the kernel's events, and by looking through
/// them. A folder is watched before it is read, so that nothing comes in between.
class TreeWatch {
 public:
  /// `options` as for put, but for `entering` and `recursive`.
  TreeWatch(Inotify inotify, std::vector<WatchedRoot> roots, WalkOptions options,
            TreeObserver& observer);
  TreeWatch(const TreeWatch&) = delete;
  TreeWatch& operator=(const TreeWatch&) = delete;

  /// What the kernel has told so far; not all of it, where it is very much. Fails with Io.
  Status take_events();

  /// Looks through everything that is there, from the start.
  void rescan(const std::string& why);
  /// Goes on looking, for about so many entries.
  void look(std::size_t entries);
  [[nodiscard]] bool is_looking() const { return !looks_.empty(); }

  /// Looks for roots that are not there, and through those that came.
  void look_for_roots();
  [[nodiscard]] bool misses_roots() const;
  /// Whether the root is there below which this path of the server is.
  [[nodiscard]] bool has_root_of(const std::string& path);
  /// What this is called on the server; nothing where it is below no root.
  [[nodiscard]] std::optional<std::string> path_of(const std::filesystem::path& source) const;
  /// Where this path of the server is here.
  [[nodiscard]] std::optional<std::filesystem::path> source_of(const std::string& path) const;

  [[nodiscard]] std::size_t folders() const { return table_.size(); }
  [[nodiscard]] int fd() const { return inotify_.fd(); }

 private:
  /// One walk through a folder, or through all roots.
  struct Look {
    Look(std::vector<SourceRoot> named, const WalkOptions& options, WalkObserver& observer,
         bool is_whole)
        : roots(std::move(named)), walk(options, roots, observer), is_rescan(is_whole) {}
    RootVector roots;
    SourceWalk walk;
    bool is_rescan;
  };

  void on_event(const FolderEvent& event);
  void on_folder(const FolderEvent& event, std::size_t root, const std::string& below);
  void on_created(const std::filesystem::path& source, const std::string& path);
  void watch_folder(const std::filesystem::path& source, const std::string& path);
  void look_into(const std::filesystem::path& source, const std::string& path);
  void unwatch(std::size_t root, std::string_view below);
  void lose_root(std::size_t root, const std::string& why);
  bool take_root(WatchedRoot& root);
  [[nodiscard]] WatchedRoot* root_of(const std::string& path);
  [[nodiscard]] const WatchedRoot* root_of(const std::string& path) const;

  Inotify inotify_;
  std::vector<WatchedRoot> roots_;
  WalkOptions options_;
  TreeObserver& observer_;
  FolderTable table_;
  std::deque<std::unique_ptr<Look>> looks_;  // the first is the one that goes on
  bool watches_used_up_ = false;
  bool ran_out_ = false;  // in the rescan under way
};

}  // namespace sesame::transfer::watch
