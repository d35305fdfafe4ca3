#include "cli/put_human.hpp"

#include <algorithm>

#include "base/display.hpp"
#include "cli/retry_text.hpp"
#include "cli/units.hpp"

namespace sesame::cli {
namespace {

using transfer::v4::PutItem;

constexpr auto same_news_after = std::chrono::seconds(1);

/// What a person calls it: its name here, or there where it has none here.
std::string shown_name(const PutItem& item) {
  return escaped(item.kind == PutItem::Kind::Stdin ? item.path : item.source.native());
}

std::string size_text(std::uint64_t bytes) {
  return human_size(static_cast<double>(bytes));
}

}  // namespace

std::string run_progress_text(const RunProgress& run) {
  const bool known = run.all_files > 0;
  const std::uint64_t done = known ? std::min(run.done_bytes, run.all_bytes) : run.done_bytes;
  std::string text = known ? human_count(run.done_files) + " of " + human_files(run.all_files)
                           : human_files(run.done_files);
  text += "  ";
  if (known) {
    // By their number where they are all empty.
    const auto [part, whole] = run.all_bytes > 0 ? std::pair(done, run.all_bytes)
                                                 : std::pair(run.done_files, run.all_files);
    const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
    text += std::to_string(static_cast<int>(std::min(percent, 100.0))) + "%  ";
  }
  text += size_text(done);
  if (known) text += " of " + size_text(run.all_bytes);
  if (run.elapsed.count() > 0 && run.sent_bytes > 0) {
    const double rate = static_cast<double>(run.sent_bytes) / run.elapsed.count();
    text += "  " + human_size(rate) + "/s";
    if (known) {
      const std::chrono::duration<double> left(static_cast<double>(run.all_bytes - done) / rate);
      text += "  " + human_duration(left) + " left";
    }
  }
  return text;
}

void PutHuman::print(Verbosity from, const std::string& line) {
  if (verbosity_ >= from) line_.print(line);
}

void PutHuman::connected(const protocol::v4::Welcome& welcome) {
  print(Verbosity::Verbose, "connected as '" + escaped(welcome.client_name) + "'");
}

void PutHuman::item_started(const PutItem& item, std::uint64_t size) {
  if (item.kind == PutItem::Kind::Folder) return;
  print(Verbosity::Verbose,
        "sending " + shown_name(item) +
            (item.kind == PutItem::Kind::File ? " (" + size_text(size) + ")" : std::string()));
}

void PutHuman::progress(const transfer::v4::PutProgress& progress) {
  if (!line_.is_due()) return;
  RunProgress run{.done_files = files_done_,
                  .done_bytes = progress.bytes_sent + progress.bytes_resumed + bytes_there_,
                  .sent_bytes = progress.bytes_sent,
                  .elapsed = std::chrono::steady_clock::now() - began_};
  if (all_ != nullptr && all_->is_complete()) {
    run.all_files = all_->files();
    run.all_bytes = all_->bytes();
  }
  line_.draw(run_progress_text(run) + "  " + escaped(progress.path));
}

void PutHuman::item_acknowledged(const PutItem& item, const transfer::v4::Acknowledgement& what) {
  if (item.kind == PutItem::Kind::Folder) return;
  ++files_done_;
  if (what.already_there) bytes_there_ += what.size;
  if (verbosity_ < Verbosity::Verbose) return;  // spares a million texts
  std::string line = "✓ " + shown_name(item) + " (" + size_text(what.size);
  if (what.receipt != nullptr) line += ", receipt " + std::to_string(what.receipt->seq);
  print(Verbosity::Verbose, line + (what.already_there ? ", was there already)" : ")"));
}

void PutHuman::item_failed(const PutItem& item, const transfer::v4::ItemFailure& failure) {
  // Why the run ended is said once, not for each file that was left.
  print(failure.left_over ? Verbosity::Verbose : Verbosity::Quiet,
        "✗ " + shown_name(item) + ": " + failure.error.message);
}

void PutHuman::item_restarted(const PutItem& item, const Error& reason) {
  print(Verbosity::Normal, shown_name(item) + ": begins anew: " + reason.message);
}

bool PutHuman::is_news(const std::string& reason) {
  const auto now = std::chrono::steady_clock::now();
  if (reason == last_reason_ && now - last_told_ < same_news_after) return false;
  last_reason_ = reason;
  last_told_ = now;
  return true;
}

void PutHuman::retrying(const transfer::Retry& retry) {
  if (verbosity_ < Verbosity::Verbose && !is_news(retry.reason.message)) return;
  print(Verbosity::Normal, retry_text(retry));
}

void PutHuman::stopped(const Error& reason) {
  print(Verbosity::Quiet, "sesame: " + reason.message);
}

void PutHuman::skipped(const std::filesystem::path& source, const std::string& why) {
  print(Verbosity::Normal, "skipped " + escaped(source.native()) + ": " + why);
}

void PutHuman::failed(const std::filesystem::path& source, const Error& error) {
  const std::string name = source.empty() ? "" : escaped(source.native()) + ": ";
  print(Verbosity::Quiet, "✗ " + name + error.message);
}

void PutHuman::summary(const PutTotals& totals, ExitCode) {
  line_.clear();
  std::string line =
      human_count(totals.acknowledged) + " of " + human_files(totals.files) + " acknowledged";
  if (totals.already_there > 0) {
    line += " (" + human_count(totals.already_there) + " there already)";
  }
  if (totals.files == 0 && totals.folders > 0) {
    line = "no files, " + human_count(totals.folders) +
           (totals.folders == 1 ? " folder" : " folders") + " acknowledged";
  }
  if (totals.failed > 0) line += ", " + human_count(totals.failed) + " failed";
  if (totals.skipped > 0) line += ", " + human_count(totals.skipped) + " skipped";
  if (totals.stopped_by) line += ", ended early";
  line += "; " + size_text(totals.bytes) + " in " + human_duration(totals.duration);
  if (totals.duration.count() > 0 && totals.bytes_sent > 0) {
    const double rate = static_cast<double>(totals.bytes_sent) / totals.duration.count();
    line += " (" + human_size(rate) + "/s)";
  }
  const bool well = totals.failed == 0 && !totals.stopped_by;
  print(well ? Verbosity::Normal : Verbosity::Quiet, line);
}

}  // namespace sesame::cli
