#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "transfer/watch/outbox_rows.hpp"
#include "transfer/watch/tree_watch.hpp"

namespace sesame::transfer::watch {

/// Is told how the watching goes, beside what becomes of each file. By the thread that watches.
class WatchListener {
 public:
  virtual ~WatchListener() = default;

  virtual void rescan_began(const std::string& why) = 0;
  /// All has been looked through, and so many folders are watched.
  virtual void watching(std::size_t folders) = 0;
  virtual void waiting(const OutboxTotals& totals) = 0;
  virtual void root_lost(const WatchedRoot& root, const std::string& why) = 0;
  virtual void root_came(const WatchedRoot& root) = 0;
  virtual void watches_used_up(std::size_t folders) = 0;
  virtual void watches_suffice() = 0;
  /// Nothing can be sent now; it is tried again after `delay`.
  virtual void fault(const Error& reason, Moment delay) = 0;
  /// It can again.
  virtual void recovered() = 0;
  virtual void removed(const std::filesystem::path& source) = 0;
  virtual void not_removed(const std::filesystem::path& source, const Error& reason) = 0;
  /// Its name was taken when it was to have it back.
  virtual void kept_aside(const std::filesystem::path& source,
                          const std::filesystem::path& kept_as) = 0;
  /// Nor on others like it: they are removed when they have not changed for a minute.
  virtual void no_leases(const std::filesystem::path& source) = 0;
  /// The server does not know what came after that receipt: so many files are offered again.
  virtual void server_behind(std::uint64_t last_receipt, std::uint64_t files) = 0;
  virtual void skipped(const std::filesystem::path& source, const std::string& why) = 0;
  virtual void not_found_out(const std::filesystem::path& source, const Error& reason) = 0;
};

/// Does nothing with any of it: a base for who wants to know some of it.
class DeafWatchListener : public WatchListener {
 public:
  void rescan_began(const std::string&) override {}
  void watching(std::size_t) override {}
  void waiting(const OutboxTotals&) override {}
  void root_lost(const WatchedRoot&, const std::string&) override {}
  void root_came(const WatchedRoot&) override {}
  void watches_used_up(std::size_t) override {}
  void watches_suffice() override {}
  void fault(const Error&, Moment) override {}
  void recovered() override {}
  void removed(const std::filesystem::path&) override {}
  void not_removed(const std::filesystem::path&, const Error&) override {}
  void kept_aside(const std::filesystem::path&, const std::filesystem::path&) override {}
  void no_leases(const std::filesystem::path&) override {}
  void server_behind(std::uint64_t, std::uint64_t) override {}
  void skipped(const std::filesystem::path&, const std::string&) override {}
  void not_found_out(const std::filesystem::path&, const Error&) override {}
};

}  // namespace sesame::transfer::watch
