#include <algorithm>
#include <cerrno>

#include <sys/stat.h>

#include "transfer/watch/pace.hpp"
#include "transfer/watch/watcher.hpp"

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_findings = 1000;  // in one transaction
constexpr std::size_t sent_a_page = 500;

}  // namespace

void Watcher::closed(const fs::path& source, const std::string& path) {
  note(source, path);
}

void Watcher::found(const fs::path& source, const std::string& path) {
  note(source, path);
}

void Watcher::note(const fs::path& source, const std::string& path) {
  struct stat status {};
  // What is gone by now, or was never a file, is nothing.
  if (::lstat(source.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  findings_.push_back({path, source, facts_of(status)});
}

/// What is below a root that is not there is not tried until it is.
Status Watcher::keep_root_news() {
  for (const RootNews& root : root_news_) {
    const auto kept = outbox_.together([&](OutboxRows& rows) {
      return root.is_there ? rows.unpark(root.path, clock_.now()) : rows.park(root.path);
    });
    if (!kept) return kept;
  }
  root_news_.clear();
  return {};
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
  if (*sent && (*sent)->facts == finding.facts) {
    return options_.removes ? rows.leave(finding.path, finding.source, now) : Status();
  }
  const auto waiting = rows.waiting(finding.path);
  if (!waiting) return waiting.error();
  if (*waiting && (*waiting)->facts == finding.facts) return {};
  pace_.news(now);
  return rows.changed(finding.path, finding.source, finding.facts, clock_.wall(),
                      now + options_.settle, not_before(*sent, finding.facts));
}

/// One that was sent a moment ago is not sent again at once, however often it changes: that is
/// whole each time. Who begins a `--once` decides how often himself.
Moment Watcher::not_before(const std::optional<SentFile>& sent, const FileFacts& facts) const {
  if (!sent || options_.once) return Moment(0);
  return std::min(sent->at, clock_.now()) + resend_interval(facts.size, 0);
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
  root_news_.push_back({root.path, false});
  listener_.root_lost(root, why);
}

void Watcher::root_came(const WatchedRoot& root) {
  // A fault of the outbox shows soon enough.
  (void)outbox_.together(
      [&](OutboxRows& rows) { return rows.set_mount(root.source, root.was_mount); });
  root_news_.push_back({root.path, true});
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
