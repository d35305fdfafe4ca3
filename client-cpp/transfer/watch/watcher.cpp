#include "transfer/watch/watcher.hpp"

#include <algorithm>

namespace sesame::transfer::watch {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t entries_a_turn = 2000;
constexpr Moment root_interval = 2s;
/// Until it is looked whether the outbox has room again.
constexpr Moment stall_delay = 30s;
constexpr Moment telling_interval = 5s;
/// Two changes within a tick of the kernel's clock look the same: what is sent is older than that.
constexpr Moment least_settle = 50ms;
/// The longest that anything in the outbox waits.
constexpr Moment longest_wait = 6h;

WatchOptions corrected(WatchOptions options) {
  options.settle = std::max(options.settle, least_settle);
  return options;
}

std::vector<std::string> paths_of(const std::vector<WatchedRoot>& roots) {
  std::vector<std::string> paths;
  for (const WatchedRoot& root : roots)
    paths.push_back(root.path);
  return paths;
}

}  // namespace

Watcher::Watcher(WatchOptions options, Inotify inotify, std::vector<WatchedRoot> roots,
                 WalkOptions walk, Parts parts)
    : options_(corrected(options)),
      root_paths_(paths_of(roots)),
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

std::vector<int> Watcher::fds() const {
  // What the kernel has to say waits with it, and not in memory.
  if (stalled_until_) return {};
  return {tree_.fd(), wake_.fd()};
}

Result<Moment> Watcher::turn() {
  if (stalled_until_ && clock_.now() < *stalled_until_) return *stalled_until_;
  auto next = take_turn();
  if (!next) {
    const bool may_pass = next.error().code == ErrorCode::NoSpace && !options_.once;
    return may_pass ? Result(stall(next.error())) : next;
  }
  if (std::exchange(stalled_until_, std::nullopt)) listener_.recovered();
  return next;
}

Moment Watcher::stall(const Error& reason) {
  listener_.fault(reason, stall_delay);
  stalled_until_ = clock_.now() + stall_delay;
  return *stalled_until_;
}

Status Watcher::begin() {
  if (const auto swept = sweep_aside(); !swept) return swept;
  const auto done = outbox_.together([&](OutboxRows& rows) -> Status {
    if (const auto begun = rows.begin(clock_.now() + longest_wait); !begun) return begun;
    return rows.watch_roots(root_paths_);
  });
  if (!done) return done;
  has_begun_ = true;
  tree_.rescan("it begins");
  return {};
}

Result<Moment> Watcher::take_turn() {
  if (!has_begun_) {
    if (const auto begun = begin(); !begun) return begun.error();
  }
  wake_.clear();
  if (const auto taken = tree_.take_events(); !taken) return taken.error();
  tree_.look(entries_a_turn);
  const Moment now = clock_.now();
  if (tree_.misses_roots() && now >= next_root_look_) {
    next_root_look_ = now + root_interval;
    tree_.look_for_roots();
  }
  if (next_rescan_ && now >= *next_rescan_ && !tree_.is_looking()) tree_.rescan("it is time");
  if (const auto kept = keep_root_news(); !kept) return kept.error();
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
  if (tree_.is_looking() || forget_after_ || more_is_due_ || !findings_.empty() ||
      !root_news_.empty()) {
    return now;
  }
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
  failures_ += totals->files - totals->parked;
  return {};
}

}  // namespace sesame::transfer::watch
