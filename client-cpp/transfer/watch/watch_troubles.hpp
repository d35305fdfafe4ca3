#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "transfer/watch/watch_listener.hpp"

namespace sesame::transfer::watch {

/// What keeps a watcher from finding files: roots that are missing, folders that cannot be read,
/// watches that are used up. Listens to the thread that watches, and tells any other.
class WatchTroubles : public DeafWatchListener {
 public:
  struct Summary {
    std::uint64_t count = 0;
    std::string text;  // UTF-8, for people: the first of each kind; empty where all is well
  };

  [[nodiscard]] Summary summary() const;

  void rescan_began(const std::string& why) override;
  void watching(std::size_t folders) override;
  void root_lost(const WatchedRoot& root, const std::string& why) override;
  void root_came(const WatchedRoot& root) override;
  void watches_used_up(std::size_t folders) override;
  void watches_suffice() override;
  void not_found_out(const std::filesystem::path& source, const Error& reason) override;

 private:
  /// How many there were, and what is wrong with the first.
  struct Unreadable {
    std::uint64_t count = 0;
    std::string first;
    std::filesystem::path last;
  };

  mutable std::mutex mutex_;
  std::map<std::filesystem::path, std::string> missing_;  // and why
  Unreadable unreadable_;        // when all had been looked through, and since
  Unreadable found_unreadable_;  // while all is being looked through again
  bool is_looking_ = false;
  bool lacks_watches_ = false;
};

}  // namespace sesame::transfer::watch
