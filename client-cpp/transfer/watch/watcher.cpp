#include "transfer/watch/watcher.hpp"

#include <algorithm>

#include <sys/stat.h>

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t entries_a_turn = 2000;
constexpr std::size_t most_findings = 1000;  // in one transaction
constexpr std::size_t sent_a_page = 500;
constexpr Moment root_interval = 2s;
/// Two changes within a tick of the kernel's clock look the same: what is sent is older than that.
constexpr Moment least_settle = 50ms;
/// The longest that anything in the outbox waits.
constexpr Moment longest_wait = 6h;

Moment moment_of_file(std::int64_t nanoseconds) {
  return std::chrono::floor<Moment>(std::chrono::nanoseconds(nanoseconds));
}

WatchOptions corrected(WatchOptions options) {
  options.settle = std::max(options.settle, least_settle);
  return options;
}

}  // namespace

Watcher::Watcher(WatchOptions options, Inotify inotify, std::vector<WatchedRoot> roots,
                 WalkOptions walk, Parts parts)
    : options_(corrected(options)),
      outbox_(parts.outbox),
      clock_(parts.clock),
      reporter_(parts.reporter),
      listener_(parts.listener),
      tree_(std::move(inotify), std::move(roots), std::move(walk), *this),
      sender_(std::move(parts.send), wake_),
      next_report_(clock_.now() + report_interval) {}

Watcher::~Watcher() {
  if (!sender_.is_running()) return;
  feed_->stop();
  sender_.wait();
  (void)book_->close();
}

Status Watcher::begin() {
  const auto forward = outbox_.together([&](OutboxRows& rows) -> Status {
    if (const auto brought = rows.bring_forward(clock_.now() + longest_wait); !brought) {
      return brought;
    }
    return rows.set_fault(std::nullopt, "", "");
  });
  if (!forward) return forward;
  tree_.rescan("it begins");
  return {};
}

Result<Moment> Watcher::turn() {
  wake_.clear();
  if (const auto taken = tree_.take_events(); !taken) return taken.error();
  tree_.look(entries_a_turn);
  const Moment now = clock_.now();
  if (tree_.misses_roots() && now >= next_root_look_) {
    next_root_look_ = now + root_interval;
    tree_.look_for_roots();
  }
  if (next_rescan_ && now >= *next_rescan_ && !tree_.is_looking()) tree_.rescan("it is time");
  if (const auto kept = keep_findings(); !kept) return kept.error();
  if (const auto forgotten = forget_missing(); !forgotten) return forgotten.error();
  if (const auto taken = take_result(); !taken) return taken.error();
  if (const auto fed = feed_run(); !fed) return fed.error();
  if (const auto removed = remove_sent_files(now); !removed) return removed.error();
  if (const auto told = tell_waiting(now); !told) return told.error();
  if (const auto judged = judge_end(now); !judged) return judged.error();
  return next_turn(now);
}

Result<Moment> Watcher::next_turn(Moment now) {
  if (tree_.is_looking() || forget_after_ || more_is_due_ || !findings_.empty()) return now;
  Moment next = now + 24h;
  const auto at = [&next](std::optional<Moment> moment) {
    if (moment) next = std::min(next, *moment);
  };
  at(next_rescan_);
  const Moment may_try = std::max(pace_.not_before().value_or(now), now);
  if (!sender_.is_running() && !options_.once) at(std::max(next_report_, may_try));
  if (tree_.misses_roots()) at(next_root_look_);
  if (has_news_) at(next_telling_);
  // What a run has been given stays due until it arrives.
  const Moment after = sender_.is_running() ? now : Moment::min();
  const auto waiting = outbox_.read([&](OutboxRows& rows) { return rows.next_due(after); });
  if (!waiting) return waiting.error();
  // While the server is away, nothing is due before it is tried again.
  if (*waiting) at(std::max(**waiting, may_try));
  if (options_.removes) {
    const auto leaving = outbox_.read([](OutboxRows& rows) { return rows.next_to_leave(); });
    if (!leaving) return leaving.error();
    at(*leaving);
  }
  if (options_.once && looked_through_) at(*looked_through_ + 3 * options_.settle);
  return std::max(next, now);
}

void Watcher::closed(const fs::path& source, const std::string& path) {
  note(source, path, true);
}

void Watcher::found(const fs::path& source, const std::string& path) {
  note(source, path, false);
}

void Watcher::note(const fs::path& source, const std::string& path, bool closed) {
  struct stat status {};
  // What is gone by now, or was never a file, is nothing.
  if (::lstat(source.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  findings_.push_back({path, source, facts_of(status), closed});
}

Status Watcher::keep_findings() {
  has_news_ = has_news_ || !findings_.empty();
  for (std::size_t from = 0; from < findings_.size(); from += most_findings) {
    const std::size_t to = std::min(findings_.size(), from + most_findings);
    const Moment now = clock_.now();
    const auto kept = outbox_.together([&](OutboxRows& rows) -> Status {
      for (std::size_t i = from; i < to; ++i) {
        if (const auto one = keep_finding(rows, findings_[i], now); !one) return one;
      }
      return {};
    });
    if (!kept) return kept;
  }
  findings_.clear();
  return {};
}

Status Watcher::keep_finding(OutboxRows& rows, const Finding& finding, Moment now) {
  const auto sent = rows.sent(finding.path);
  if (!sent) return sent.error();
  if (*sent == finding.facts) {
    return options_.removes ? rows.leave(finding.path, finding.source, now) : Status();
  }
  const auto waiting = rows.waiting(finding.path);
  if (!waiting) return waiting.error();
  if (*waiting && (*waiting)->facts == finding.facts) return {};
  pace_.news(now);
  const bool may_go = !finding.closed && is_quiet(finding.facts);
  return rows.changed(finding.path, finding.source, finding.facts, clock_.wall(),
                      may_go ? now : now + options_.settle);
}

/// By its times, it has not changed for long enough.
bool Watcher::is_quiet(const FileFacts& facts) const {
  const Moment changed = moment_of_file(std::max(facts.mtime, facts.ctime));
  return changed + options_.settle <= clock_.wall();
}

/// After a rescan: of what was sent, and of what failed, what is gone need not be remembered.
Status Watcher::forget_missing() {
  if (!forget_after_) return {};
  auto page =
      outbox_.read([&](OutboxRows& rows) { return rows.sent_page(*forget_after_, sent_a_page); });
  if (!page) return page.error();
  if (page->empty()) {
    forget_after_.reset();
    return forget_missing_failed();
  }
  forget_after_ = page->back();
  std::erase_if(*page, [&](const std::string& path) {
    const auto source = tree_.source_of(path);
    return !source || !is_gone(*source, path);
  });
  if (page->empty()) return {};
  return outbox_.together([&](OutboxRows& rows) -> Status {
    for (const std::string& path : *page) {
      if (const auto left = rows.stays(path); !left) return left;
      if (const auto forgotten = rows.forget_sent(path); !forgotten) return forgotten;
    }
    return {};
  });
}

Status Watcher::forget_missing_failed() {
  std::int64_t after = 0;
  while (true) {
    const auto page =
        outbox_.read([&](OutboxRows& rows) { return rows.failed_page(after, sent_a_page); });
    if (!page) return page.error();
    if (page->empty()) return {};
    after = page->back().id;
    const auto forgotten = outbox_.together([&](OutboxRows& rows) -> Status {
      for (const WaitingFile& file : *page) {
        if (!is_gone(file.source, file.path)) continue;
        if (const auto one = rows.forget(file.path); !one) return one;
      }
      return {};
    });
    if (!forgotten) return forgotten;
  }
}

bool Watcher::is_gone(const fs::path& source, const std::string& path) {
  struct stat status {};
  return ::lstat(source.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR) &&
         tree_.has_root_of(path);
}

void Watcher::rescan_began(const std::string& why) {
  next_rescan_.reset();
  listener_.rescan_began(why);
}

void Watcher::rescan_ended() {
  const Moment now = clock_.now();
  if (options_.rescan > 0ms) next_rescan_ = now + options_.rescan;
  if (!looked_through_) looked_through_ = now;
  forget_after_.emplace();
  listener_.watching(tree_.folders());
}

void Watcher::root_lost(const WatchedRoot& root, const std::string& why) {
  if (options_.once) ++failures_;
  listener_.root_lost(root, why);
}

void Watcher::root_came(const WatchedRoot& root) {
  // A fault of the outbox shows soon enough.
  (void)outbox_.together(
      [&](OutboxRows& rows) { return rows.set_mount(root.source, root.was_mount); });
  listener_.root_came(root);
}

void Watcher::watches_used_up(std::size_t folders) {
  listener_.watches_used_up(folders);
}

void Watcher::watches_suffice() {
  listener_.watches_suffice();
}

void Watcher::skipped(const fs::path& source, const std::string& why) {
  listener_.skipped(source, why);
}

void Watcher::failed(const fs::path& source, const Error& error) {
  if (error.code == ErrorCode::Interrupted || error.code == ErrorCode::NotFound) return;
  // A file that no server takes waits like one that is refused; a folder cannot.
  const auto path = tree_.path_of(source);
  struct stat status {};
  const bool is_file = ::lstat(source.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && path && error.code == ErrorCode::BadName) return found(source, *path);
  ++failures_;
  listener_.not_found_out(source, error);
}

}  // namespace sesame::transfer::watch
