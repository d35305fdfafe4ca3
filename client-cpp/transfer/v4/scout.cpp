#include "transfer/v4/scout.hpp"

#include <chrono>

#include "protocol/v4/path.hpp"

namespace sesame::transfer::v4 {
namespace {

using Kind = PutItem::Kind;

constexpr int most_reads = 4;  // of a small file that changes while it is read
constexpr std::uint32_t mode_of_stdin = 0600;

std::int64_t nanoseconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

Scout::Scout(ItemSource& source, const ClientId& client_id, int stdin_fd, SlabPool& slabs,
             ReadyQueue& ready)
    : source_(source),
      client_id_(client_id),
      stdin_fd_(stdin_fd),
      slabs_(slabs),
      ready_(ready),
      thread_([this] { work(); }) {}

Scout::~Scout() {
  stop();
}

void Scout::redo(PutJobPtr job) {
  job->is_redone = true;
  job->phase = PutJob::Phase::Waiting;
  job->large.reset();
  const std::lock_guard lock(mutex_);
  redo_.push_back(std::move(job));
  changed_.notify_one();
}

void Scout::release_slot() {
  const std::lock_guard lock(mutex_);
  ++slots_;
  if (waits_for_slot_) changed_.notify_one();
}

std::vector<PutJobPtr> Scout::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  source_.stop();
  slabs_.wake_all();
  if (thread_.joinable()) thread_.join();
  std::vector<PutJobPtr> undone;
  for (PutJobPtr& job : redo_)
    undone.push_back(std::move(job));
  redo_.clear();
  if (waits_for_slot_) undone.push_back(std::move(waits_for_slot_));
  if (batch_) {
    for (auto& frame : batch_->frames)
      undone.push_back(std::move(frame.job));
    batch_.reset();
  }
  return undone;
}

std::optional<SmallBatch> Scout::take_unfinished() {
  const std::unique_lock lock(batch_mutex_, std::try_to_lock);
  if (!lock || !batch_ || batch_->frames.empty()) return std::nullopt;
  has_unfinished_ = false;
  return std::exchange(batch_, std::nullopt);
}

void Scout::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    const auto something_to_do = [this] {
      const bool slot_came = waits_for_slot_ && slots_ > 0;
      return stopped_ || !redo_.empty() || slot_came || (!waits_for_slot_ && !exhausted_);
    };
    if (!something_to_do()) {
      lock.unlock();
      publish_batch();
      lock.lock();
      changed_.wait(lock, something_to_do);
    }
    if (stopped_) return;
    if (PutJobPtr job = next_job(lock)) prepare(std::move(job));
  }
}

PutJobPtr Scout::next_job(std::unique_lock<std::mutex>& lock) {
  if (!redo_.empty()) {
    PutJobPtr job = std::move(redo_.front());
    redo_.pop_front();
    lock.unlock();
    return job;
  }
  if (waits_for_slot_) {
    --slots_;
    PutJobPtr job = std::move(waits_for_slot_);
    lock.unlock();
    job->holds_slot = true;
    ready_.push(LargeFound{std::move(job)});
    return nullptr;
  }
  lock.unlock();
  if (auto item = source_.next()) {
    auto job = std::make_unique<PutJob>();
    job->item = *std::move(item);
    return job;
  }
  publish_batch();
  exhausted_ = true;  // only this thread looks at it
  ready_.push(SourceExhausted{});
  return nullptr;
}

void Scout::prepare(PutJobPtr job) {
  if (!protocol::v4::is_path(job->item.path)) {
    const Error reason{ErrorCode::BadName, "has a name that cannot be sent: rename it"};
    return ready_.push(Unreadable{std::move(job), reason});
  }
  switch (job->item.kind) {
    case Kind::File: return prepare_file(std::move(job));
    case Kind::Folder: return ready_.push(FolderFound{std::move(job)});
    case Kind::Stdin: {
      job->attributes = {nanoseconds_since_1970(), mode_of_stdin};
      auto content = std::make_unique<StreamContent>(stdin_fd_);
      prepare_large(std::move(job), std::move(content));
      break;
    }
  }
}

void Scout::prepare_file(PutJobPtr job) {
  std::optional<Error> failure;
  for (int reads = 0; reads < most_reads; ++reads) {
    auto file = LocalFile::open(job->item.source);
    if (!file) {
      failure = file.error();
      break;
    }
    job->attributes = file->attributes();
    job->size = file->size();
    job->facts = file->facts();
    if (file->size() > small_limit_) {
      return prepare_large(std::move(job), std::make_unique<FileContent>(*std::move(file)));
    }
    const auto added = add_small(job, *file);
    if (added) return;
    failure = added.error();
    if (failure->code != ErrorCode::Changed) break;
  }
  ready_.push(Unreadable{std::move(job), *failure});
}

void Scout::prepare_large(PutJobPtr job, std::unique_ptr<Content> content) {
  job->large = std::make_unique<LargePart>();
  job->large->content = std::move(content);
  job->large->size_known = job->item.kind != Kind::Stdin;
  const std::lock_guard lock(mutex_);
  if (!job->holds_slot && !job->is_redone) {
    waits_for_slot_ = std::move(job);
    return;
  }
  // A small file that grew does not wait: the place where one waits may be taken.
  if (!job->holds_slot) --slots_;
  job->holds_slot = true;
  ready_.push(LargeFound{std::move(job)});
}

Status Scout::add_small(PutJobPtr& job, const LocalFile& file) {
  using namespace protocol::v4;
  const std::size_t head_size = put_frame_head_size(job->item.path.size());
  const auto content_size = static_cast<std::size_t>(file.size());
  // From here to its end the batch must not be taken away.
  std::unique_lock lock(batch_mutex_);
  if (!make_room(lock, head_size + content_size)) {
    return Error{ErrorCode::Interrupted, "the run has ended"};
  }
  const std::size_t begin = batch_->size();
  const auto frame = batch_->slab.bytes().subspan(begin, head_size + content_size);
  const auto content = frame.subspan(head_size);
  if (const auto read = file.read_at(0, content); !read) return read;
  if (const auto same = file.check_unchanged(); !same) return same;
  job->sha256 = crypto::sha256(content);
  encode_put_head(frame.first(head_size), client_id_, 0, job->sha256, content_size, job->attributes,
                  job->item.path);
  batch_->frames.push_back({std::move(job), begin, frame.size()});
  // Whoever sleeps would not look at a batch that begins now.
  if (!has_unfinished_.exchange(true)) ready_.nudge();
  return {};
}

bool Scout::make_room(std::unique_lock<std::mutex>& lock, std::size_t frame_size) {
  if (batch_ && batch_->size() + frame_size <= SlabPool::slab_size) return true;
  lock.unlock();
  publish_batch();
  auto slab = slabs_.acquire(stopped_);
  if (!slab) return false;
  lock.lock();
  batch_.emplace(SmallBatch{.slab = *std::move(slab), .frames = {}});
  return true;
}

void Scout::publish_batch() {
  std::optional<SmallBatch> full;
  {
    const std::lock_guard lock(batch_mutex_);
    full = std::exchange(batch_, std::nullopt);
    has_unfinished_ = false;
  }
  if (full && !full->frames.empty()) ready_.push(*std::move(full));
}

}  // namespace sesame::transfer::v4
