#include "transfer/watch/outbox_feed.hpp"

namespace sesame::transfer::watch {

using v4::PutItem;

std::optional<PutItem> OutboxFeed::next() {
  std::unique_lock lock(mutex_);
  if (ready_.size() <= room / 2) wake_.signal();
  changed_.wait(lock, [this] { return stopped_ || !ready_.empty(); });
  if (stopped_) return std::nullopt;
  WaitingFile file = std::move(ready_.front());
  ready_.pop_front();
  return PutItem{PutItem::Kind::File, std::move(file.source), std::move(file.path)};
}

void OutboxFeed::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

std::size_t OutboxFeed::wants() const {
  const std::lock_guard lock(mutex_);
  return stopped_ || ready_.size() > room / 2 ? 0 : room - ready_.size();
}

void OutboxFeed::add(std::vector<WaitingFile> files) {
  const std::lock_guard lock(mutex_);
  for (WaitingFile& file : files) {
    out_.emplace(file.path, file.version);
    ready_.push_back(std::move(file));
  }
  changed_.notify_all();
}

bool OutboxFeed::has(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return out_.contains(path);
}

bool OutboxFeed::is_idle() const {
  const std::lock_guard lock(mutex_);
  return out_.empty();
}

std::int64_t OutboxFeed::ended(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = out_.find(path);
  if (found == out_.end()) return 0;
  const std::int64_t version = found->second;
  out_.erase(found);
  if (out_.empty()) wake_.signal();
  return version;
}

}  // namespace sesame::transfer::watch
