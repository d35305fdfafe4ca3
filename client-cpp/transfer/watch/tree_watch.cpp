#include "transfer/watch/tree_watch.hpp"

#include <algorithm>

#include <sys/inotify.h>
#include <sys/stat.h>

#include "transfer/watch/file_lease.hpp"
#include "transfer/watch/sent_removal.hpp"

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

constexpr int most_buffers = 16;  // between two looks at everything else
/// More new folders than that at once are found sooner by one look through everything.
constexpr std::size_t most_looks = 10'000;

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string joined(const std::string& folder, std::string_view name) {
  return path_below(folder, name);
}

}  // namespace

TreeWatch::TreeWatch(Inotify inotify, std::vector<WatchedRoot> roots, WalkOptions options,
                     TreeObserver& observer)
    : inotify_(std::move(inotify)),
      roots_(std::move(roots)),
      options_(std::move(options)),
      observer_(observer) {
  options_.recursive = true;
  options_.entering = [this](const fs::path& source, const std::string& path) {
    watch_folder(source, path);
  };
}

Status TreeWatch::take_events() {
  for (int i = 0; i < most_buffers; ++i) {
    const auto events = inotify_.read();
    if (!events) return events.error();
    if (events->empty()) break;
    for (const FolderEvent& event : *events)
      on_event(event);
  }
  return {};
}

void TreeWatch::on_event(const FolderEvent& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return rescan("the kernel's queue of events overflowed");
  const auto* const folder = table_.find(event.watch);
  if (folder == nullptr) return;
  const std::size_t root = folder->root;
  const std::string below = folder->below;
  constexpr std::uint32_t end = IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF;
  if ((event.mask & end) != 0) {
    // A folder below a root that moves tells its parent, too.
    if (below.empty()) {
      return lose_root(root, (event.mask & IN_UNMOUNT) != 0     ? "it was unmounted"
                             : (event.mask & IN_MOVE_SELF) != 0 ? "it was moved away"
                                                                : "it was removed");
    }
    if ((event.mask & IN_IGNORED) != 0) table_.erase(event.watch);
    return;
  }
  if (event.name.empty()) return;
  if ((event.mask & IN_ISDIR) != 0) return on_folder(event, root, joined(below, event.name));

  const std::string way = joined(below, event.name);
  const std::string path = joined(roots_[root].path, way);
  const fs::path source = roots_[root].resolved / way;
  if (is_aside(source) || options_.excludes(path, false)) return;
  if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
    observer_.closed(source, path);
  } else if ((event.mask & IN_CREATE) != 0) {
    on_created(source, path);
  }
}

void TreeWatch::on_folder(const FolderEvent& event, std::size_t root, const std::string& below) {
  const std::string path = joined(roots_[root].path, below);
  unwatch(root, below);  // also what was known under this name before
  if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) look_into(roots_[root].resolved / below, path);
}

/// A file whose writer is at work tells of its end; a link to one that is there, or one that was
/// given its name when it was done (O_TMPFILE), does not.
void TreeWatch::on_created(const fs::path& source, const std::string& path) {
  struct stat status {};
  if (::lstat(source.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  if (status.st_nlink > 1 || somebody_writes(source) == Answer::No) observer_.found(source, path);
}

void TreeWatch::watch_folder(const fs::path& source, const std::string& path) {
  const WatchedRoot* const root = root_of(path);
  if (root == nullptr) return;
  const auto watch = inotify_.add(source);
  if (watch) {
    const auto way = std::string_view(path).substr(std::min(path.size(), root->path.size() + 1));
    table_.put(*watch, static_cast<std::size_t>(root - roots_.data()), way);
  } else if (watch.error().code == ErrorCode::TooLarge) {
    ran_out_ = true;
    if (!std::exchange(watches_used_up_, true)) observer_.watches_used_up(table_.size());
  } else if (watch.error().code != ErrorCode::NotFound) {
    observer_.failed(source, watch.error());
  }
}

void TreeWatch::look_into(const fs::path& source, const std::string& path) {
  struct stat status {};
  // A link that stands there by now would be followed.
  if (::lstat(source.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
  if (looks_.size() > most_looks) return rescan("thousands of folders came at once");
  looks_.push_front(std::make_unique<Look>(std::vector{SourceRoot{.source = source, .path = path}},
                                           options_, observer_, false));
}

void TreeWatch::rescan(const std::string& why) {
  looks_.clear();
  ran_out_ = false;
  std::vector<SourceRoot> named;
  for (WatchedRoot& root : roots_) {
    const bool was_there = root.is_there;
    if (take_root(root)) {
      if (!was_there) observer_.root_came(root);
      named.push_back({.source = root.resolved, .path = root.path});
    }
  }
  looks_.push_back(std::make_unique<Look>(std::move(named), options_, observer_, true));
  observer_.rescan_began(why);
}

void TreeWatch::look(std::size_t entries) {
  while (entries > 0 && !looks_.empty()) {
    // What a walk finds may bring another before it, so it is held on to.
    Look& look = *looks_.front();
    const auto item = look.walk.next();
    --entries;
    if (item && item->kind == v4::PutItem::Kind::File) {
      is_aside(item->source) ? observer_.left_aside(item->source)
                             : observer_.found(item->source, item->path);
    }
    if (item) continue;
    const bool was_rescan = look.is_rescan;
    looks_.pop_front();
    if (!was_rescan) continue;
    if (std::exchange(watches_used_up_, ran_out_) && !ran_out_) observer_.watches_suffice();
    observer_.rescan_ended();
  }
}

void TreeWatch::look_for_roots() {
  for (WatchedRoot& root : roots_) {
    if (root.is_there || !take_root(root)) continue;
    observer_.root_came(root);
    look_into(root.resolved, root.path);
  }
}

bool TreeWatch::misses_roots() const {
  return std::ranges::any_of(roots_, [](const WatchedRoot& root) { return !root.is_there; });
}

/// Whether it is there now; says so once where it is not any more.
bool TreeWatch::take_root(WatchedRoot& root) {
  const bool was_there = root.is_there;
  const bool is_new = !was_there && root.resolved.empty();
  const auto absent = look_at_root(root);
  if (!absent) return true;
  if (was_there || is_new) {
    root.resolved = root.source;  // so that this is said once
    unwatch(static_cast<std::size_t>(&root - roots_.data()), "");
    observer_.root_lost(root, *absent);
  }
  return false;
}

void TreeWatch::lose_root(std::size_t root, const std::string& why) {
  unwatch(root, "");
  roots_[root].is_there = false;
  observer_.root_lost(roots_[root], why);
}

void TreeWatch::unwatch(std::size_t root, std::string_view below) {
  for (const int watch : table_.take(root, below))
    inotify_.remove(watch);
}

bool TreeWatch::has_root_of(const std::string& path) {
  WatchedRoot* const root = root_of(path);
  return root != nullptr && root->is_there && take_root(*root);
}

WatchedRoot* TreeWatch::root_of(const std::string& path) {
  const auto found = std::ranges::find_if(
      roots_, [&](const WatchedRoot& root) { return is_below(path, root.path); });
  return found == roots_.end() ? nullptr : &*found;
}

const WatchedRoot* TreeWatch::root_of(const std::string& path) const {
  return const_cast<TreeWatch*>(this)->root_of(path);
}

std::optional<std::string> TreeWatch::path_of(const fs::path& source) const {
  for (const WatchedRoot& root : roots_) {
    const std::string& folder = root.resolved.native();
    if (!root.is_there || !is_below(source.native(), folder)) continue;
    const auto way = source.native().substr(std::min(source.native().size(), folder.size() + 1));
    return joined(root.path, way);
  }
  return std::nullopt;
}

std::optional<fs::path> TreeWatch::source_of(const std::string& path) const {
  const WatchedRoot* const root = root_of(path);
  if (root == nullptr || !root->is_there) return std::nullopt;
  return root->resolved / path.substr(std::min(path.size(), root->path.size() + 1));
}

}  // namespace sesame::transfer::watch
