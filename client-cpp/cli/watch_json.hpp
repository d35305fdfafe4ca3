#pragma once

#include "transfer/watch/watch_listener.hpp"

namespace sesame::cli {

/// Tells a program on stdout: one JSON object a line, beside those of PutJson.
class WatchJson : public transfer::watch::WatchListener {
 public:
  void rescan_began(const std::string& why) override;
  void watching(std::size_t folders) override;
  void waiting(const transfer::watch::OutboxTotals& totals) override;
  void root_lost(const transfer::watch::WatchedRoot& root, const std::string& why) override;
  void root_came(const transfer::watch::WatchedRoot& root) override;
  void watches_used_up(std::size_t folders) override;
  void watches_suffice() override;
  void fault(const Error& reason, transfer::watch::Moment delay) override;
  void recovered() override;
  void removed(const std::filesystem::path& source) override;
  void not_removed(const std::filesystem::path& source, const Error& reason) override;
  void kept_aside(const std::filesystem::path& source,
                  const std::filesystem::path& kept_as) override;
  void no_leases(const std::filesystem::path& source) override;
  void server_behind(std::uint64_t last_receipt, std::uint64_t files) override;
  void skipped(const std::filesystem::path& source, const std::string& why) override;
  void not_found_out(const std::filesystem::path& source, const Error& reason) override;
};

}  // namespace sesame::cli
