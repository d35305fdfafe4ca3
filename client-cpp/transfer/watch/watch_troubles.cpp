#include "transfer/watch/watch_troubles.hpp"

#include <utility>

#include "base/display.hpp"

namespace sesame::transfer::watch {
namespace {

std::string others(std::uint64_t count) {
  return count > 1 ? " (and " + std::to_string(count - 1) + " more)" : "";
}

}  // namespace

WatchTroubles::Summary WatchTroubles::summary() const {
  const std::lock_guard lock(mutex_);
  // What the last look through everything found counts until the next one is through.
  const Unreadable& unreadable =
      found_unreadable_.count > unreadable_.count ? found_unreadable_ : unreadable_;
  Summary summary;
  const auto add = [&summary](std::uint64_t count, const std::string& text) {
    if (count == 0) return;
    summary.count += count;
    summary.text += (summary.text.empty() ? "" : "; ") + text + others(count);
  };
  if (lacks_watches_) add(1, "the kernel's watches are used up: fs.inotify.max_user_watches");
  if (!missing_.empty()) {
    const auto& [source, why] = *missing_.begin();
    add(missing_.size(), escaped(source.native()) + " is missing: " + why);
  }
  add(unreadable.count, unreadable.first);
  return summary;
}

void WatchTroubles::rescan_began(const std::string&) {
  const std::lock_guard lock(mutex_);
  is_looking_ = true;
  found_unreadable_ = {};
}

void WatchTroubles::watching(std::size_t) {
  const std::lock_guard lock(mutex_);
  is_looking_ = false;
  unreadable_ = std::exchange(found_unreadable_, {});
}

void WatchTroubles::root_lost(const WatchedRoot& root, const std::string& why) {
  const std::lock_guard lock(mutex_);
  missing_.insert_or_assign(root.source, why);
}

void WatchTroubles::root_came(const WatchedRoot& root) {
  const std::lock_guard lock(mutex_);
  missing_.erase(root.source);
}

void WatchTroubles::watches_used_up(std::size_t) {
  const std::lock_guard lock(mutex_);
  lacks_watches_ = true;
}

void WatchTroubles::watches_suffice() {
  const std::lock_guard lock(mutex_);
  lacks_watches_ = false;
}

void WatchTroubles::not_found_out(const std::filesystem::path& source, const Error& reason) {
  const std::lock_guard lock(mutex_);
  Unreadable& unreadable = is_looking_ ? found_unreadable_ : unreadable_;
  // Who watches a folder, and who reads it, says it one after the other.
  if (unreadable.count > 0 && unreadable.last == source) return;
  unreadable.last = source;
  if (unreadable.count++ > 0) return;
  const std::string name = escaped(source.native());
  unreadable.first =
      reason.message.starts_with(name) ? reason.message : name + ": " + reason.message;
}

}  // namespace sesame::transfer::watch
