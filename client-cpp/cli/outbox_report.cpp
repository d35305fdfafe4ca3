#include "cli/outbox_report.hpp"

#include "base/display.hpp"
#include "cli/units.hpp"

namespace sesame::cli {

using transfer::watch::Moment;
using transfer::watch::Outbox;
using transfer::watch::OutboxRows;
using transfer::watch::WaitingFile;
namespace {

constexpr std::size_t files_a_page = 500;

std::string moment_text(Moment moment) {
  return time_text(std::chrono::nanoseconds(moment).count());
}

/// `in 5 s`, or `now` where that is over.
std::string time_until(Moment moment) {
  const Moment left = moment - transfer::watch::SystemClock().wall();
  return left > Moment(0) ? "in " + human_duration(left) : "now";
}

Json file_json(const WaitingFile& file) {
  Json line{{"event", "waiting-file"},        {"path", file.path},
            {"source", file.source.native()}, {"size", file.facts.size},
            {"since_ms", file.since.count()}, {"due_ms", file.due.count()},
            {"failures", file.failures}};
  if (file.due == transfer::watch::parked) {
    line.erase("due_ms");
    line["parked"] = true;
  }
  if (file.failures > 0) {
    line["code"] = file.code;
    line["reason"] = file.reason;
  }
  return line;
}

std::string file_text(const WaitingFile& file) {
  std::string line = escaped(file.source.native()) + " (" +
                     human_size(static_cast<double>(file.facts.size)) + "), since " +
                     moment_text(file.since);
  if (file.due == transfer::watch::parked) return line + ", not watched";
  if (file.failures > 0) {
    line += ", failed " + human_count(static_cast<std::uint64_t>(file.failures)) +
            (file.failures == 1 ? " time" : " times") + ", again " + time_until(file.due) + ": " +
            file.reason;
  }
  return line;
}

}  // namespace

Result<std::optional<OutboxReport>> OutboxReport::of(const std::filesystem::path& folder) {
  auto outbox = Outbox::look(folder);
  if (!outbox && outbox.error().code == ErrorCode::NotFound) return std::optional<OutboxReport>();
  if (!outbox) return outbox.error();
  OutboxReport report(*std::move(outbox));
  const auto read = report.outbox_.read([&report](OutboxRows& rows) -> Status {
    auto totals = rows.totals();
    if (!totals) return totals.error();
    auto state = rows.state();
    if (!state) return state.error();
    report.totals_ = *std::move(totals);
    report.state_ = *std::move(state);
    return {};
  });
  if (!read) return read.error();
  auto watcher = Outbox::watcher(folder);
  if (!watcher) return watcher.error();
  report.watcher_ = *std::move(watcher);
  return std::optional(std::move(report));
}

Json OutboxReport::json() const {
  Json json{{"running", watcher_.has_value()}, {"files", totals_.files},
            {"bytes", totals_.bytes},          {"failed", totals_.failed},
            {"leaving", totals_.leaving},      {"parked", totals_.parked}};
  if (watcher_) json["process"] = *watcher_;
  if (totals_.oldest) json["since_ms"] = totals_.oldest->count();
  if (totals_.failed > 0) json["newest_failure"] = totals_.newest_failure;
  if (!state_.unleased.empty()) json["no_leases"] = state_.unleased;
  if (state_.last_sent) json["last_sent_ms"] = state_.last_sent->count();
  if (!state_.fault.empty()) {
    json["code"] = state_.fault_code;
    json["reason"] = state_.fault;
    if (state_.next_attempt) json["next_attempt_ms"] = state_.next_attempt->count();
  }
  return json;
}

Status OutboxReport::list(bool as_json) {
  std::int64_t after = 0;
  while (true) {
    const auto files =
        outbox_.read([&](OutboxRows& rows) { return rows.page(after, files_a_page); });
    if (!files) return files.error();
    if (files->empty()) return {};
    after = files->back().id;
    for (const WaitingFile& file : *files) {
      if (as_json) {
        print_json(file_json(file));
      } else {
        std::printf("  %s\n", file_text(file).c_str());
      }
    }
  }
}

std::string OutboxReport::waiting_text() const {
  if (totals_.files == 0) return "nothing";
  std::string text =
      human_files(totals_.files) + ", " + human_size(static_cast<double>(totals_.bytes));
  if (totals_.oldest) text += ", since " + moment_text(*totals_.oldest);
  return text;
}

std::string OutboxReport::failed_text() const {
  return human_files(totals_.failed) + " of them; the last: " + totals_.newest_failure +
         " ('sesame status --waiting' lists them)";
}

std::string OutboxReport::leaving_text() const {
  return human_files(totals_.leaving) + ", sent, and held open by somebody, or not yet quiet";
}

std::string OutboxReport::parked_text() const {
  return human_files(totals_.parked) +
         " of them, below folders that are not there, or not named: " +
         escaped(totals_.parked_example.native());
}

std::string OutboxReport::unleased_text() const {
  return "on files like " + escaped(state_.unleased) +
         ": they are removed when they have not changed for another minute";
}

std::string OutboxReport::sent_text() const {
  return state_.last_sent ? moment_text(*state_.last_sent) : "never";
}

std::string OutboxReport::fault_text() const {
  return state_.fault +
         (state_.next_attempt && watcher_ ? "; again " + time_until(*state_.next_attempt) : "");
}

}  // namespace sesame::cli
