#include "cli/watch_json.hpp"

#include "cli/json_line.hpp"

namespace sesame::cli {

using transfer::watch::OutboxTotals;
using transfer::watch::WatchedRoot;
namespace fs = std::filesystem;

void WatchJson::rescan_began(const std::string& why) {
  print_json({{"event", "rescan"}, {"reason", why}});
}

void WatchJson::watching(std::size_t folders) {
  print_json({{"event", "watching"}, {"folders", folders}});
}

void WatchJson::waiting(const OutboxTotals& totals) {
  Json event{{"event", "waiting"},      {"files", totals.files},     {"bytes", totals.bytes},
             {"failed", totals.failed}, {"leaving", totals.leaving}, {"parked", totals.parked}};
  if (totals.oldest) event["since_ms"] = totals.oldest->count();
  print_json(event);
}

void WatchJson::root_lost(const WatchedRoot& root, const std::string& why) {
  print_json({{"event", "root"},
              {"source", root.source.native()},
              {"status", "missing"},
              {"reason", why}});
}

void WatchJson::root_came(const WatchedRoot& root) {
  print_json({{"event", "root"}, {"source", root.source.native()}, {"status", "there"}});
}

void WatchJson::watches_used_up(std::size_t folders) {
  print_json({{"event", "watches-used-up"}, {"folders", folders}});
}

void WatchJson::watches_suffice() {
  print_json({{"event", "watches-suffice"}});
}

void WatchJson::fault(const Error& reason, transfer::watch::Moment delay) {
  print_json({{"event", "retry"},
              {"code", to_string(reason.code)},
              {"reason", reason.message},
              {"delay_seconds", std::chrono::duration<double>(delay).count()}});
}

void WatchJson::recovered() {
  print_json({{"event", "recovered"}});
}

void WatchJson::removed(const fs::path& source) {
  print_json({{"event", "removed"}, {"source", source.native()}});
}

void WatchJson::not_removed(const fs::path& source, const Error& reason) {
  print_json({{"event", "not-removed"},
              {"source", source.native()},
              {"code", to_string(reason.code)},
              {"reason", reason.message}});
}

void WatchJson::kept_aside(const fs::path& source, const fs::path& kept_as) {
  print_json({{"event", "kept-aside"}, {"source", source.native()}, {"kept", kept_as.native()}});
}

void WatchJson::no_leases(const fs::path& source) {
  print_json({{"event", "no-leases"}, {"source", source.native()}});
}

void WatchJson::server_behind(std::uint64_t last_receipt, std::uint64_t files) {
  print_json({{"event", "server-behind"}, {"seq", last_receipt}, {"files", files}});
}

void WatchJson::skipped(const fs::path& source, const std::string& why) {
  print_json({{"event", "skipped"}, {"source", source.native()}, {"reason", why}});
}

void WatchJson::not_found_out(const fs::path& source, const Error& reason) {
  print_json({{"event", "unreadable"},
              {"source", source.native()},
              {"code", to_string(reason.code)},
              {"reason", reason.message}});
}

}  // namespace sesame::cli
