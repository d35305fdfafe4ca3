#include "cli/put_json.hpp"

#include "base/hex.hpp"
#include "cli/json_line.hpp"

namespace sesame::cli {
namespace {

using transfer::v4::PutItem;

const char* event_of(const PutItem& item) {
  return item.kind == PutItem::Kind::Folder ? "folder" : "file";
}

}  // namespace

void PutJson::connected(const protocol::v4::Welcome& welcome) {
  print_json({{"event", "connected"}, {"client", welcome.client_name}});
}

void PutJson::item_acknowledged(const PutItem& item, const transfer::v4::Acknowledgement& what) {
  Json event{{"event", event_of(item)}, {"path", item.path}, {"status", "acknowledged"}};
  if (item.kind != PutItem::Kind::Stdin) event["source"] = item.source.native();
  if (item.kind != PutItem::Kind::Folder) {
    event["size"] = what.size;
    event["sha256"] = to_hex(what.sha256);
    event["already_there"] = what.already_there;
    if (what.receipt != nullptr) event["seq"] = what.receipt->seq;
  }
  print_json(event);
}

void PutJson::item_failed(const PutItem& item, const transfer::v4::ItemFailure& failure) {
  print_json({{"event", event_of(item)},
              {"path", item.path},
              {"status", "failed"},
              {"source", item.source.native()},
              {"code", to_string(failure.error.code)},
              {"reason", failure.error.message},
              {"refused", failure.refused},
              {"left_over", failure.left_over}});
}

void PutJson::item_restarted(const PutItem& item, const Error& reason) {
  print_json({{"event", "restarted"},
              {"path", item.path},
              {"code", to_string(reason.code)},
              {"reason", reason.message}});
}

void PutJson::retrying(const transfer::Retry& retry) {
  print_json_retry(retry);
}

void PutJson::stopped(const Error& reason) {
  print_json_error(reason);
}

void PutJson::skipped(const std::filesystem::path& source, const std::string& why) {
  print_json({{"event", "skipped"}, {"source", source.native()}, {"reason", why}});
}

void PutJson::failed(const std::filesystem::path& source, const Error& error) {
  // It never got a path on the server, so it goes by the one it has here.
  print_json({{"event", "file"},
              {"path", source.native()},
              {"status", "failed"},
              {"source", source.native()},
              {"code", to_string(error.code)},
              {"reason", error.message},
              {"refused", false},
              {"left_over", false}});
}

void PutJson::summary(const PutTotals& totals, ExitCode exit) {
  print_json({{"event", "summary"},
              {"files", totals.files},
              {"acknowledged", totals.acknowledged},
              {"already_there", totals.already_there},
              {"folders", totals.folders},
              {"failed", totals.failed},
              {"skipped", totals.skipped},
              {"bytes", totals.bytes},
              {"bytes_sent", totals.bytes_sent},
              {"seconds", totals.duration.count()},
              {"exit", static_cast<int>(exit)}});
}

}  // namespace sesame::cli
