#include "cli/get_report.hpp"

#include "base/display.hpp"
#include "base/hex.hpp"
#include "cli/json_line.hpp"
#include "cli/put_human.hpp"
#include "cli/retry_text.hpp"
#include "cli/units.hpp"

namespace sesame::cli {
namespace {

using transfer::v4::FetchItem;

std::string size_text(std::uint64_t bytes) {
  return human_size(static_cast<double>(bytes));
}

}  // namespace

ExitCode exit_code(const transfer::v4::FetchSummary& summary) {
  if (summary.stopped_by) return exit_code(*summary.stopped_by);
  return summary.complete() ? ExitCode::Done : ExitCode::SomeFailed;
}

void GetReport::print(Verbosity from, const std::string& line) {
  if (verbosity_ >= from) line_.print(line);
}

void GetReport::connected(const std::string& client_name) {
  print(Verbosity::Verbose, "connected as '" + escaped(client_name) + "'");
  if (json_) print_json({{"event", "connected"}, {"client", client_name}});
}

void GetReport::item_started(const FetchItem& item, std::uint64_t size) {
  print(Verbosity::Verbose, "getting " + escaped(item.path) + " (" + size_text(size) + ")");
}

void GetReport::progress(const FetchItem& item, std::uint64_t position, std::uint64_t size) {
  if (!line_.is_due()) return;
  const bool known = bytes_ > 0 || files_ == 1;
  line_.draw(run_progress_text({.done_files = files_done_,
                                .all_files = known ? files_ : 0,
                                .done_bytes = bytes_done_ + position,
                                .all_bytes = bytes_ > 0 ? bytes_ : size,
                                .sent_bytes = bytes_moved_ + position,
                                .elapsed = std::chrono::steady_clock::now() - began_}) +
             "  " + escaped(item.path));
}

void GetReport::item_fetched(const FetchItem& item, const transfer::v4::Fetched& what) {
  ++files_done_;
  bytes_done_ += what.size;
  bytes_moved_ += what.size - std::min(what.size, what.resumed_from);
  print(Verbosity::Verbose,
        "✓ " + escaped(target_of(item).native()) + " (" + size_text(what.size) + ")");
  if (json_) {
    print_json({{"event", "file"},
                {"path", item.path},
                {"target", target_of(item).native()},
                {"status", "fetched"},
                {"size", what.size},
                {"sha256", to_hex(what.sha256)},
                {"seq", what.seq},
                {"resumed_from", what.resumed_from}});
  }
}

void GetReport::item_failed(const FetchItem& item, const transfer::v4::ItemFailure& failure) {
  std::string why = failure.error.message;
  if (failure.error.code == ErrorCode::AlreadyExists) why += "; --force replaces it";
  print(failure.left_over ? Verbosity::Verbose : Verbosity::Quiet,
        "✗ " + escaped(item.path) + ": " + why);
  if (json_) {
    print_json({{"event", "file"},
                {"path", item.path},
                {"target", target_of(item).native()},
                {"status", "failed"},
                {"code", to_string(failure.error.code)},
                {"reason", failure.error.message},
                {"refused", failure.refused},
                {"left_over", failure.left_over}});
  }
}

void GetReport::retrying(const transfer::Retry& retry) {
  print(Verbosity::Normal, retry_text(retry));
  if (json_) {
    print_json_retry(retry);
  }
}

void GetReport::stopped(const Error& reason) {
  print(Verbosity::Quiet, "sesame: " + reason.message);
  if (json_) print_json_error(reason);
}

void GetReport::folder_failed(const Error& error) {
  print(Verbosity::Quiet, "✗ " + error.message);
  if (json_) {
    print_json({{"event", "folder"},
                {"status", "failed"},
                {"code", to_string(error.code)},
                {"reason", error.message}});
  }
}

void GetReport::summary(const transfer::v4::FetchSummary& summary, ExitCode exit) {
  line_.clear();
  std::string line =
      human_count(summary.fetched) + " of " + human_files(summary.items) + " fetched";
  if (summary.failed() > 0) line += ", " + human_count(summary.failed()) + " failed";
  line += "; " + size_text(summary.bytes) + " in " + human_duration(summary.duration);
  if (summary.duration.count() > 0 && bytes_moved_ > 0) {
    const double rate = static_cast<double>(bytes_moved_) / summary.duration.count();
    line += " (" + human_size(rate) + "/s)";
  }
  print(exit == ExitCode::Done ? Verbosity::Normal : Verbosity::Quiet, line);
  if (json_) {
    print_json({{"event", "summary"},
                {"files", summary.items},
                {"fetched", summary.fetched},
                {"failed", summary.failed()},
                {"bytes", summary.bytes},
                {"seconds", summary.duration.count()},
                {"exit", static_cast<int>(exit)}});
  }
}

}  // namespace sesame::cli
