#include "transfer/v4/content.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <unistd.h>

#include "net/wait.hpp"

namespace sesame::transfer::v4 {
namespace {

Error interrupted_error() {
  return {ErrorCode::Interrupted, "reading was interrupted"};
}

}  // namespace

Result<std::size_t> FileContent::read_at(std::uint64_t offset, MutableByteView out) {
  const std::uint64_t left = file_.size() - std::min(offset, file_.size());
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
  if (const auto read = file_.read_at(offset, out.first(count)); !read) return read.error();
  return count;
}

Result<std::size_t> StreamContent::read_at(std::uint64_t offset, MutableByteView out) {
  {
    std::unique_lock lock(mutex_);
    if (offset < end_ || offset < kept_from_) return read_kept(offset, out);
    changed_.wait(lock, [this] { return interrupted_ || end_ - kept_from_ < most_kept; });
    if (interrupted_) return interrupted_error();
  }
  return read_fresh(out);
}

Result<std::size_t> StreamContent::read_kept(std::uint64_t offset, MutableByteView out) const {
  if (offset < kept_from_) {
    return Error{ErrorCode::Io,
                 "the server needs again what it had, and standard input cannot be read twice"};
  }
  std::uint64_t from = kept_from_;
  for (const Bytes& piece : kept_) {
    if (offset < from + piece.size()) {
      const ByteView rest = ByteView(piece).subspan(static_cast<std::size_t>(offset - from));
      const ByteView taken = rest.first(std::min(rest.size(), out.size()));
      std::ranges::copy(taken, out.begin());
      return taken.size();
    }
    from += piece.size();
  }
  return std::size_t{0};
}

Result<std::size_t> StreamContent::read_fresh(MutableByteView out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    // A slow writer is not waited for when there is something to send.
    if (filled > 0) {
      std::array<pollfd, 1> more{{{fd_, POLLIN, 0}}};
      const auto ready = net::wait_until(more, net::Clock::now());
      if (!ready || *ready == 0) break;
    } else if (const auto waited = wait(); !waited) {
      return waited.error();
    }
    const ssize_t count = ::read(fd_, out.data() + filled, out.size() - filled);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return error_from_errno(errno, "standard input");
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  const std::lock_guard lock(mutex_);
  const auto taken = out.first(filled);
  if (filled > 0) kept_.emplace_back(taken.begin(), taken.end());
  end_ += filled;
  return filled;
}

Status StreamContent::wait() {
  std::array<pollfd, 2> either{{{fd_, POLLIN, 0}, {interrupted_fd_.fd(), POLLIN, 0}}};
  while (true) {
    const auto ready = net::wait_until(either, net::Clock::now() + std::chrono::hours(1));
    if (!ready) return ready.error();
    if (either[1].revents != 0) return interrupted_error();
    if (either[0].revents != 0) return {};
  }
}

void StreamContent::interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  interrupted_fd_.signal();
  changed_.notify_one();
}

void StreamContent::resume() {
  const std::lock_guard lock(mutex_);
  interrupted_ = false;
  interrupted_fd_.clear();
}

void StreamContent::forget_before(std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  while (!kept_.empty() && kept_from_ + kept_.front().size() <= offset) {
    kept_from_ += kept_.front().size();
    kept_.pop_front();
  }
  changed_.notify_one();
}

}  // namespace sesame::transfer::v4
