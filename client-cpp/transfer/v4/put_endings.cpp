#include <algorithm>
#include <string>

#include "transfer/v4/put_engine.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
using net::Clock;
using Phase = PutJob::Phase;
namespace {

constexpr int most_restarts = 3;  // because hashes differed
constexpr int most_refusals = 5;  // of the kind that may pass
constexpr auto first_delay = std::chrono::milliseconds(500);

bool is_file(const PutJob& job) {
  return job.item.kind != PutItem::Kind::Folder;
}

}  // namespace

Ending PutRun::Engine::ending_for(PutJob& job, const Refused& refused) {
  Error error = to_error(refused.number, refused.text);
  switch (remedy_for(refused.number)) {
    case Remedy::TryLater:
      if (++job.refusals <= std::min(most_refusals, endpoint_.retries)) {
        return {Ending::What::TryLater, std::move(error)};
      }
      break;
    case Remedy::StartOver:
      if (++job.hash_differences <= most_restarts) {
        return {Ending::What::Restart, std::move(error)};
      }
      break;
    default: break;
  }
  return {Ending::What::Fail, std::move(error), true};
}

void PutRun::Engine::let_go(PutJobPtr job, Ending ending) {
  job->ending = std::move(ending);
  if (job->large && job->large->is_read) {
    readers_.cancel(*job);
    const PutJob* const key = job.get();
    lingering_.emplace(key, std::move(job));
  } else {
    conclude(std::move(job));
  }
}

void PutRun::Engine::conclude(PutJobPtr job) {
  std::erase_if(stream_marks_, [&](const StreamMark& mark) { return mark.job == job.get(); });
  const Ending ending = *std::exchange(job->ending, std::nullopt);
  job->phase = Phase::Waiting;
  switch (ending.what) {
    case Ending::What::Fail:
      return fail(std::move(job), {.error = ending.reason, .refused = ending.refused});
    case Ending::What::Restart: return restart(std::move(job), ending.reason);
    case Ending::What::TryLater: {
      const auto delay = first_delay * (1 << (job->refusals - 1));
      later_.emplace(Clock::now() + delay, std::move(job));
    }
  }
}

void PutRun::Engine::restart(PutJobPtr job, const Error& reason) {
  const bool changed = reason.code == ErrorCode::Changed;
  if (changed && ++job->changes > options_.restarts_of_changed) {
    const bool again = options_.restarts_of_changed > 0;
    return fail(std::move(job),
                {.error = {ErrorCode::Changed,
                           reason.message + (again ? ", and again each time it was sent" : "")}});
  }
  reporter_.item_restarted(job->item, reason);
  if (job->item.kind == PutItem::Kind::Stdin) {
    job->large->hash.reset();
    job->large->hashed = 0;
    job->large->hash_complete = false;
    to_open_.push_back(std::move(job));
    return;
  }
  ++in_scout_;
  scout_.redo(std::move(job));
}

void PutRun::Engine::fail(PutJobPtr job, const ItemFailure& failure) {
  if (failure.refused && !failure.left_over) ++summary_.refused;
  if (job->holds_slot) scout_.release_slot();
  reporter_.item_failed(job->item, failure);
}

void PutRun::Engine::acknowledge(const PutJob& job, const Acknowledgement& what) {
  ++summary_.acknowledged;
  if (is_file(job)) summary_.bytes += job.size;
  if (what.already_there) ++summary_.already_there;
  if (job.holds_slot) scout_.release_slot();
  reporter_.item_acknowledged(job.item, what);
}

void PutRun::Engine::revive_later_ones() {
  while (!later_.empty() && later_.begin()->first <= Clock::now()) {
    PutJobPtr job = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    if (job->large) {
      to_open_.push_back(std::move(job));
    } else if (is_file(*job)) {
      ++in_scout_;
      scout_.redo(std::move(job));
    } else {
      folders_.push_back(std::move(job));
    }
  }
}

void PutRun::Engine::quiesce_readers() {
  std::size_t reading = lingering_.size();
  for (const auto& [key, job] : lingering_)
    readers_.cancel(*job);
  for (const auto& [stream, job] : streams_) {
    if (!job->large || !job->large->is_read) continue;
    readers_.cancel(*job);
    ++reading;
  }
  std::deque<Ready> kept;
  while (true) {
    take_ready();
    for (Ready& ready : feed_) {
      if (std::holds_alternative<ContentBlock>(ready)) continue;
      if (const auto* ended = std::get_if<ReadEnded>(&ready)) {
        ended->job->large->is_read = false;
        --reading;
      } else {
        kept.push_back(std::move(ready));
      }
    }
    feed_.clear();
    if (reading == 0) break;
    ready_.wait();
  }
  feed_ = std::move(kept);
}

void PutRun::Engine::leave_connection() {
  quiesce_readers();
  channel_ = nullptr;
  stream_marks_.clear();
  auto lingering = std::exchange(lingering_, {});
  for (auto& [key, job] : lingering)
    conclude(std::move(job));
  // What has no receipt is offered again.
  auto streams = std::exchange(streams_, {});
  for (auto& [stream, job] : streams) {
    const Phase phase = std::exchange(job->phase, Phase::Waiting);
    job->stream = 0;
    if (phase == Phase::Cancelling) {
      conclude(std::move(job));
    } else if (job->large) {
      job->large->stored.reset();
      to_open_.push_back(std::move(job));
    } else if (is_file(*job)) {
      ++in_scout_;
      scout_.redo(std::move(job));
    } else {
      folders_.push_back(std::move(job));
    }
  }
}

void PutRun::Engine::give_up_everything(const Error& reason) {
  const ItemFailure failure{
      .error = {reason.code, "not sent: the run ended before it was acknowledged"},
      .left_over = true};
  std::vector<PutJobPtr> left = desk_.give_up();
  const auto take = [&left](PutJobPtr& job) {
    if (job) left.push_back(std::move(job));
  };
  for (PutJobPtr& job : scout_.stop()) {
    admit(*job);
    take(job);
  }
  take_ready();
  for (Ready& ready : feed_) {
    if (auto* batch = std::get_if<SmallBatch>(&ready)) {
      for (auto& frame : batch->frames)
        take(frame.job);
    } else if (auto* large = std::get_if<LargeFound>(&ready)) {
      take(large->job);
    } else if (auto* folder = std::get_if<FolderFound>(&ready)) {
      take(folder->job);
    } else if (auto* unreadable = std::get_if<Unreadable>(&ready)) {
      take(unreadable->job);
    }
  }
  for (PutJobPtr& job : to_open_)
    take(job);
  for (PutJobPtr& job : folders_)
    take(job);
  for (auto& [time, job] : later_)
    take(job);
  feed_.clear();
  to_open_.clear();
  folders_.clear();
  later_.clear();
  for (PutJobPtr& job : left)
    fail(std::move(job), failure);
}

}  // namespace sesame::transfer::v4
