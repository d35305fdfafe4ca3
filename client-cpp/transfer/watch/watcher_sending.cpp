#include <algorithm>
#include <cerrno>

#include <sys/stat.h>

#include "transfer/watch/watcher.hpp"

namespace sesame::transfer::watch {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t due_a_page = 256;
/// A connection that moved so much was worth having: the next fault is a first one.
constexpr std::uint64_t progress_bytes = std::uint64_t{1} << 20;

}  // namespace

/// One wrong answer must not stop a fleet: all but a proven end is tried again. What was started to
/// send once says at once that it cannot.
bool Watcher::ends_it(ErrorCode code) const {
  if (code == ErrorCode::Revoked || code == ErrorCode::Interrupted) return true;
  return options_.once && trouble_of(code) == Trouble::Distrust;
}

Status Watcher::take_result() {
  auto summary = sender_.finished();
  const auto forgotten = book_ ? book_->take_forgotten() : std::nullopt;
  if (forgotten) {
    listener_.server_behind(forgotten->last_receipt, forgotten->files);
    tree_.rescan("the server has forgotten files");
  }
  if (!summary) return {};
  has_news_ = true;
  next_report_ = clock_.now() + report_interval;
  const auto closed = book_->close();
  const auto held_off = book_->held_off();
  book_.reset();
  feed_.reset();
  if (!closed) return closed;

  if (summary->acknowledged > 0 || summary->bytes_sent >= progress_bytes) pace_.progressed();
  const auto fault = summary->stopped_by ? summary->stopped_by : held_off;
  const Moment now = clock_.now();
  if (!fault) {
    // Where nothing was sent, nobody knows whether there is room.
    if (pace_.is_probing() && summary->items == 0) return {};
    pace_.succeeded();
    if (std::exchange(fault_, std::nullopt)) listener_.recovered();
    return outbox_.together([&](OutboxRows& rows) { return rows.set_fault(std::nullopt, "", ""); });
  }
  if (ends_it(fault->code)) return *fault;
  const Moment delay = pace_.failed(now, trouble_of(fault->code));
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
  if (pace_.is_probing()) {
    if (feed_->is_idle()) feed_->stop();
    return {};
  }
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
    auto files = ready_files(rows, now, pace_.is_probing() ? 1 : due_a_page);
    if (!files) return files.error();
    ready = *std::move(files);
    return {};
  });
  const bool must_report = now >= next_report_ && !options_.once;
  if (!looked || (ready.empty() && !must_report)) return looked;
  feed_.emplace(wake_);
  book_.emplace(BookOptions{options_.removes, options_.once, options_.settle}, outbox_, *feed_,
                clock_, reporter_);
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
  const auto place = tree_.source_of(file.path);
  if (place && *place != file.source) {
    // Another folder is watched under that name by now.
    done = rows.postpone(file.path, parked);
  } else if (!is_there || !S_ISREG(status.st_mode)) {
    done = tree_.has_root_of(file.path) ? rows.forget(file.path) : rows.postpone(file.path, parked);
  } else if (const FileFacts facts = facts_of(status); facts != file.facts) {
    done = rows.changed(file.path, file.source, facts, file.since, now + options_.settle);
  } else {
    const auto sent = rows.sent(file.path);
    if (!sent) return sent.error();
    if (!*sent || (*sent)->facts != facts) return true;
    done = rows.forget(file.path);
    if (done && options_.removes) done = rows.leave(file.path, file.source, now);
  }
  if (!done) return done.error();
  return false;
}

}  // namespace sesame::transfer::watch
