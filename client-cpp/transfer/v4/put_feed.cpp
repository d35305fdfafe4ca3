#include <algorithm>

#include "transfer/v4/put_engine.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
using Phase = PutJob::Phase;
namespace {

/// Of the streams, so many stay free for large files while small ones are sent.
constexpr std::size_t streams_for_large = Scout::most_large_jobs;
/// Content is cut into smaller pieces than this only at its end.
constexpr std::size_t smallest_piece = std::size_t{16} << 10;

}  // namespace

void PutRun::Engine::take_ready() {
  const std::size_t known = feed_.size();
  ready_.take_all(feed_);
  for (std::size_t i = known; i < feed_.size(); ++i)
    admit(feed_[i]);
}

void PutRun::Engine::admit(Ready& ready) {
  if (auto* batch = std::get_if<SmallBatch>(&ready)) {
    for (const auto& frame : batch->frames)
      admit(*frame.job);
  } else if (auto* large = std::get_if<LargeFound>(&ready)) {
    admit(*large->job);
  } else if (auto* folder = std::get_if<FolderFound>(&ready)) {
    admit(*folder->job);
  } else if (auto* unreadable = std::get_if<Unreadable>(&ready)) {
    unreadable->job->is_announced |= !unreadable->job->is_redone;  // it never starts
    admit(*unreadable->job);
  }
}

void PutRun::Engine::admit(PutJob& job) {
  if (job.is_redone) {
    --in_scout_;
    job.is_redone = false;
  } else {
    ++summary_.items;
  }
  if (job.is_announced) return;
  job.is_announced = true;
  ++progress_.items_started;
  progress_.bytes_started += job.size;
  reporter_.item_started(job.item, job.size);
}

Status PutRun::Engine::feed() {
  while (true) {
    if (const auto pumped = outbox_.pump(); !pumped) return pumped;
    if (draining_ || !outbox_.takes_content() || !feed_next()) break;
  }
  return {};
}

bool PutRun::Engine::feed_next() {
  if (open_next() || place_next()) return true;
  if (feed_.empty()) return false;
  Ready& next = feed_.front();
  if (auto* batch = std::get_if<SmallBatch>(&next)) {
    if (batch->next < batch->frames.size()) return feed_batch(*batch);
  } else if (auto* block = std::get_if<ContentBlock>(&next)) {
    const bool wanted = !block->job->large->cancelled && block->sent < block->size;
    if (wanted) return feed_block(*block);
  } else if (auto* ended = std::get_if<ReadEnded>(&next)) {
    end_reading(std::move(*ended));
  } else if (auto* large = std::get_if<LargeFound>(&next)) {
    to_open_.push_back(std::move(large->job));
  } else if (auto* folder = std::get_if<FolderFound>(&next)) {
    folders_.push_back(std::move(folder->job));
    folders_are_sorted_ = false;
  } else if (auto* unreadable = std::get_if<Unreadable>(&next)) {
    fail(std::move(unreadable->job), {.error = unreadable->reason});
  } else {
    exhausted_ = true;
  }
  feed_.pop_front();
  return true;
}

bool PutRun::Engine::feed_batch(SmallBatch& batch) {
  const std::size_t first = batch.next;
  std::uint64_t content = 0;
  while (batch.next < batch.frames.size() && streams_.size() + streams_for_large < most_streams) {
    SmallBatch::Frame& frame = batch.frames[batch.next];
    const std::uint64_t size = frame.job->size;
    if (content + size > outbox_.window_room()) break;
    show_position(*frame.job, size);
    const StreamId stream = add_stream(std::move(frame.job), Phase::Putting);
    set_stream(batch.slab.bytes().subspan(frame.begin, frame.size), stream);
    content += size;
    ++batch.next;
  }
  if (batch.next == first) {
    // Read under a larger window: it must travel in pieces now.
    PutJobPtr& job = batch.frames[first].job;
    if (job->size <= outbox_.window() / 2) return false;
    ++in_scout_;
    scout_.redo(std::move(job));
    ++batch.next;
    return true;
  }
  const auto begin = batch.frames[first].begin;
  const auto& last = batch.frames[batch.next - 1];
  outbox_.add_content(batch.slab.bytes().subspan(begin, last.begin + last.size - begin), content);
  progress_.bytes_sent += content;
  return true;
}

bool PutRun::Engine::feed_block(ContentBlock& block) {
  const std::size_t left = block.size - block.sent;
  std::size_t count = std::min<std::uint64_t>(left, outbox_.window_room());
  if (count < left) count = count / smallest_piece * smallest_piece;
  if (count == 0) return false;
  PutJob& job = *block.job;
  const std::uint64_t offset = block.offset + block.sent;
  // The head goes where content was that has been sent already, or where room was left for it.
  const auto frame = block.slab.bytes().subspan(block.sent, data_frame_head_size + count);
  encode_data_head(frame.first(data_frame_head_size), endpoint_.client_id, job.stream, offset,
                   count);
  outbox_.add_content(frame, count);
  block.sent += count;
  if (!job.large->size_known) stream_marks_.push_back({outbox_.content(), &job, offset + count});
  progress_.bytes_sent += count;
  show_position(job, offset + count);
  return true;
}

void PutRun::Engine::show_position(const PutJob& job, std::uint64_t position) {
  shown_path_ = job.item.path;
  progress_.path = shown_path_;
  progress_.item_position = position;
  progress_.item_size = job.large && !job.large->size_known ? 0 : job.size;
}

bool PutRun::Engine::open_next() {
  if (to_open_.empty() || streams_.size() >= most_streams) return false;
  PutJobPtr job = std::move(to_open_.front());
  to_open_.pop_front();
  PutJob& opened = *job;
  const StreamId stream = add_stream(std::move(job), Phase::Opening);
  const auto size = opened.large->size_known ? std::optional(opened.size) : std::nullopt;
  outbox_.add_frame(encode_open(endpoint_.client_id, stream, size, opened.large->start_over,
                                opened.attributes, opened.item.path));
  return true;
}

bool PutRun::Engine::place_next() {
  // A folder's time would not stay what it is while files are put into it.
  const bool other_work = !exhausted_ || in_scout_ > 0 || !feed_.empty() || !to_open_.empty() ||
                          !later_.empty() || !lingering_.empty() || !desk_.empty();
  if (folders_.empty() || other_work || streams_.size() >= most_streams / 2) return false;
  const bool only_folders_are_open = std::ranges::all_of(
      streams_, [](const auto& entry) { return entry.second->phase == Phase::Placing; });
  if (!only_folders_are_open) return false;
  if (!folders_are_sorted_) {
    std::ranges::sort(folders_, std::greater(),
                      [](const PutJobPtr& job) { return std::ranges::count(job->item.path, '/'); });
    folders_are_sorted_ = true;
  }
  PutJobPtr job = std::move(folders_.front());
  folders_.pop_front();
  const auto attributes = folder_attributes(job->item.source);
  if (!attributes) {
    fail(std::move(job), {.error = attributes.error()});
    return true;
  }
  job->attributes = *attributes;
  PutJob& placed = *job;
  const StreamId stream = add_stream(std::move(job), Phase::Placing);
  outbox_.add_frame(
      encode_folder(endpoint_.client_id, stream, placed.attributes, placed.item.path));
  return true;
}

void PutRun::Engine::end_reading(ReadEnded ended) {
  PutJob& job = *ended.job;
  job.large->is_read = false;
  if (const auto found = lingering_.find(&job); found != lingering_.end()) {
    PutJobPtr free = std::move(found->second);
    lingering_.erase(found);
    return conclude(std::move(free));
  }
  if (!ended.status) {
    const bool changed = ended.status.error().code == ErrorCode::Changed;
    const auto what = changed ? Ending::What::Restart : Ending::What::Fail;
    return cancel(job, changed, {what, ended.status.error()});
  }
  if (job.phase == Phase::Comparing && job.large->stored != job.sha256) {
    // What stands there is another file of the same size and time.
    job.large->start_over = true;
    job.large->stored.reset();
    job.phase = Phase::Opening;
    outbox_.add_frame(encode_open(endpoint_.client_id, job.stream, job.size, true, job.attributes,
                                  job.item.path));
    return;
  }
  commit(job);
}

void PutRun::Engine::commit(PutJob& job) {
  job.phase = Phase::Committing;
  outbox_.add_frame(encode_commit(endpoint_.client_id, job.stream, job.size, job.sha256));
}

void PutRun::Engine::cancel(PutJob& job, bool drop, Ending ending) {
  job.phase = Phase::Cancelling;
  job.ending = std::move(ending);
  outbox_.add_frame(encode_cancel(endpoint_.client_id, job.stream, drop));
}

protocol::v4::StreamId PutRun::Engine::add_stream(PutJobPtr job, Phase phase) {
  while (next_stream_ == 0 || streams_.contains(next_stream_))
    ++next_stream_;
  const StreamId stream = next_stream_++;
  job->stream = stream;
  job->phase = phase;
  streams_.emplace(stream, std::move(job));
  return stream;
}

}  // namespace sesame::transfer::v4
