#include <algorithm>
#include <cerrno>

#include <sys/stat.h>

#include "transfer/watch/file_lease.hpp"
#include "transfer/watch/watcher.hpp"

namespace sesame::transfer::watch {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t due_a_page = 256;
constexpr std::size_t removed_a_turn = 256;
constexpr Moment telling_interval = 5s;
/// Until a root that is not there is looked for again.
constexpr Moment missing_delay = 5s;
/// A connection that moved so much was worth having: the next fault is a first one.
constexpr std::uint64_t progress_bytes = std::uint64_t{1} << 20;

/// No other try will help: somebody has to do something.
bool ends_for_good(ErrorCode code) {
  switch (code) {
    case ErrorCode::IdentityMismatch:
    case ErrorCode::BadReceipt:
    case ErrorCode::BadSignature:
    case ErrorCode::BadKey:
    case ErrorCode::OpenToOthers:
    case ErrorCode::Revoked:
    case ErrorCode::NotJoined:
    case ErrorCode::Refused:
    case ErrorCode::Interrupted: return true;
    default: return false;
  }
}

}  // namespace

Status Watcher::take_result() {
  auto summary = sender_.finished();
  if (!summary) return {};
  has_news_ = true;
  next_report_ = clock_.now() + report_interval;
  const auto closed = book_->close();
  const auto unavailable = book_->unavailable();
  book_.reset();
  feed_.reset();
  if (!closed) return closed;

  if (summary->acknowledged > 0 || summary->bytes_sent >= progress_bytes) pace_.progressed();
  const auto fault = summary->stopped_by ? summary->stopped_by : unavailable;
  const Moment now = clock_.now();
  if (!fault) {
    pace_.succeeded();
    if (std::exchange(fault_, std::nullopt)) listener_.recovered();
    return outbox_.together([&](OutboxRows& rows) { return rows.set_fault(std::nullopt, "", ""); });
  }
  if (ends_for_good(fault->code)) return *fault;
  const Moment delay = pace_.failed(now);
  listener_.fault(*fault, delay);
  fault_ = *fault;
  return outbox_.together([&](OutboxRows& rows) {
    return rows.set_fault(now + delay, std::string(to_string(fault->code)), fault->message);
  });
}

/// Keeps the run that is under way going, or begins one where something is due.
Status Watcher::feed_run() {
  const Moment now = clock_.now();
  more_is_due_ = false;
  if (!sender_.is_running()) return maybe_start(now);
  const std::size_t wanted = feed_->wants();
  if (wanted == 0) return {};
  std::vector<WaitingFile> ready;
  const auto looked = outbox_.together([&](OutboxRows& rows) -> Status {
    auto files = ready_files(rows, now, std::min(wanted, due_a_page));
    if (!files) return files.error();
    ready = *std::move(files);
    return {};
  });
  if (!looked) return looked;
  if (!ready.empty()) {
    feed_->add(std::move(ready));
  } else if (!more_is_due_ && feed_->is_idle()) {
    feed_->stop();
  }
  return {};
}

Status Watcher::maybe_start(Moment now) {
  if (!pace_.may_try(now)) return {};
  cursor_ = {};
  std::vector<WaitingFile> ready;
  const auto looked = outbox_.together([&](OutboxRows& rows) -> Status {
    auto files = ready_files(rows, now, due_a_page);
    if (!files) return files.error();
    ready = *std::move(files);
    return {};
  });
  const bool must_report = now >= next_report_ && !options_.once;
  if (!looked || (ready.empty() && !must_report)) return looked;
  feed_.emplace(wake_);
  book_.emplace(BookOptions{options_.removes, options_.settle}, outbox_, *feed_, clock_, reporter_);
  // A run without files tells the server what waits, and that this client is alive.
  if (ready.empty()) feed_->stop();
  feed_->add(std::move(ready));
  sender_.start(*feed_, *book_);
  return {};
}

/// A page of those that are due, without what need not, or must not, be sent now.
Result<std::vector<WaitingFile>> Watcher::ready_files(OutboxRows& rows, Moment now,
                                                      std::size_t most) {
  auto files = rows.due(now, cursor_, most);
  if (!files || files->empty()) return files;
  more_is_due_ = files->size() == most;
  cursor_ = {files->back().due, files->back().id};
  std::vector<WaitingFile> ready;
  for (WaitingFile& file : *files) {
    // One that changed while it is sent comes after that.
    if (feed_ && feed_->has(file.path)) continue;
    const auto judged = is_ready(rows, file, now);
    if (!judged) return judged.error();
    if (*judged) ready.push_back(std::move(file));
  }
  return ready;
}

Result<bool> Watcher::is_ready(OutboxRows& rows, const WaitingFile& file, Moment now) {
  struct stat status {};
  const bool is_there = ::lstat(file.source.c_str(), &status) == 0;
  // Why it cannot be looked at is said by who tries to read it.
  if (!is_there && errno != ENOENT && errno != ENOTDIR) return true;
  Status done;
  if (!is_there || !S_ISREG(status.st_mode)) {
    done = tree_.has_root_of(file.path) ? rows.forget(file.path)
                                        : rows.postpone(file.path, now + missing_delay);
  } else if (const FileFacts facts = facts_of(status); facts != file.facts) {
    done = rows.changed(file.path, file.source, facts, file.since, now + options_.settle);
  } else {
    const auto sent = rows.sent(file.path);
    if (!sent) return sent.error();
    if (*sent != facts) return true;
    done = rows.forget(file.path);
    if (done && options_.removes) done = rows.leave(file.path, file.source, now);
  }
  if (!done) return done.error();
  return false;
}

Status Watcher::remove_sent_files(Moment now) {
  if (!options_.removes) return {};
  auto files =
      outbox_.read([&](OutboxRows& rows) { return rows.due_to_leave(now, removed_a_turn); });
  if (!files) return files.error();
  if (files->empty()) return {};
  more_is_due_ = more_is_due_ || files->size() == removed_a_turn;
  return outbox_.together([&](OutboxRows& rows) -> Status {
    for (const LeavingFile& file : *files) {
      if (const auto one = remove_one(rows, file, now); !one) return one;
    }
    return {};
  });
}

Status Watcher::remove_one(OutboxRows& rows, const LeavingFile& file, Moment now) {
  const auto removal = remove_sent(file.source, file.facts);
  if (!removal) {
    ++failures_;
    listener_.not_removed(file.source, removal.error());
    return rows.held(file.path, now + file_delay(file.looks + 1));
  }
  switch (*removal) {
    case Removal::Held: return rows.held(file.path, now + held_delay(file.looks + 1));
    case Removal::Changed: note(file.source, file.path, false); return rows.stays(file.path);
    case Removal::Removed: listener_.removed(file.source); break;
    case Removal::Gone:
      // With a disk that is away, it is not gone for good.
      if (!tree_.has_root_of(file.path)) return rows.held(file.path, now + missing_delay);
      break;
  }
  if (const auto left = rows.stays(file.path); !left) return left;
  return rows.forget_sent(file.path);
}

Status Watcher::tell_waiting(Moment now) {
  if (!has_news_ || now < next_telling_) return {};
  has_news_ = false;
  next_telling_ = now + telling_interval;
  const auto totals = outbox_.read([](OutboxRows& rows) { return rows.totals(); });
  if (!totals) return totals.error();
  listener_.waiting(*totals);
  return {};
}

/// What changes all the time keeps it from its end no longer than a few times the settle time.
Status Watcher::judge_end(Moment now) {
  const bool may_end = options_.once && looked_through_ && !tree_.is_looking() && !forget_after_ &&
                       !sender_.is_running() && findings_.empty() && !more_is_due_;
  if (!may_end) return {};
  const auto next = outbox_.read([](OutboxRows& rows) { return rows.next_due(Moment::min()); });
  if (!next) return next.error();
  const Moment end = *looked_through_ + 3 * options_.settle;
  is_done_ = fault_.has_value() || !*next || **next > std::max(end, now);
  if (!is_done_) return {};
  const auto totals = outbox_.read([](OutboxRows& rows) { return rows.totals(); });
  if (!totals) return totals.error();
  failures_ += totals->files;
  return {};
}

}  // namespace sesame::transfer::watch
