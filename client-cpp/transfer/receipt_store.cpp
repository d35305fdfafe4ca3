#include "transfer/receipt_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/display.hpp"
#include "config/file_io.hpp"
#include "config/places.hpp"

namespace sesame::transfer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_batch = 256 * 1024;
constexpr std::size_t looked_at = 64 * 1024;  // of the end of a log

/// Keeps other programs from the log as long as it lives.
class Lock {
 public:
  explicit Lock(int file) : file_(file) {
    do {
      held_ = ::flock(file_, LOCK_EX) == 0;
    } while (!held_ && errno == EINTR);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (held_) ::flock(file_, LOCK_UN);
  }

  [[nodiscard]] bool is_held() const { return held_; }

 private:
  int file_;
  bool held_ = false;
};

}  // namespace

Result<ReceiptStore> ReceiptStore::open(const fs::path& folder, const crypto::Ed25519Key& pinned) {
  if (const auto made = config::make_private_folder(folder); !made) return made.error();
  const fs::path log = folder / receipt_log_name;
  UniqueFd file(::open(log.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return error_from_errno(errno, escaped(log.native()));
  if (const auto synced = config::sync_folder(folder); !synced) return synced.error();
  ReceiptStore store(log, std::move(file), pinned);
  if (const auto seen = store.look_at_end(); !seen) return seen.error();
  return store;
}

Status ReceiptStore::keep(const Receipt& receipt) {
  if (!key_checked_ && !receipt.check_signature(pinned_)) {
    return Error{ErrorCode::IdentityMismatch,
                 "the server signs its receipts with another key than the one it had when this "
                 "client was enrolled; if its operator says that the key was changed, take the new "
                 "one with: sesame enroll JOINLINE --replace"};
  }
  key_checked_ = true;
  const bool is_after =
      server_last_ && server_last_->client == receipt.client && receipt.seq > server_last_->seq;
  if (!is_after && !recalled_ && !is_surely_new(receipt)) {
    if (const auto done = recall(); !done) return done;
  }
  const bool is_new_here = known_[receipt.client.bytes].insert(receipt.seq);
  if (is_after ? !added_since_.insert(receipt.seq) : !is_new_here) return {};
  batch_ += format_receipt_line(receipt);
  ++added_;
  return batch_.size() < largest_batch ? Status() : write_batch();
}

void ReceiptStore::server_knows(const ClientId& client, std::uint64_t last_seq) {
  server_last_ = ReceiptNumber{.client = client, .seq = last_seq};
  added_since_ = {};
}

Status ReceiptStore::flush() {
  key_checked_ = false;
  if (const auto written = write_batch(); !written) return written;
  if (!dirty_) return {};
  if (::fdatasync(file_.get()) != 0) return error_from_errno(errno, escaped(log_.native()));
  dirty_ = false;
  return {};
}

bool ReceiptStore::is_surely_new(const Receipt& receipt) const {
  return newest_ && newest_->client == receipt.client && receipt.seq > newest_->seq;
}

Status ReceiptStore::look_at_end() {
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  std::string tail(looked_at, '\0');
  const ssize_t count = size < 0 ? -1
                                 : ::pread(file_.get(), tail.data(), tail.size(),
                                           std::max<off_t>(0, size - off_t{looked_at}));
  if (count < 0) return error_from_errno(errno, escaped(log_.native()));
  std::string_view rest(tail.data(), static_cast<std::size_t>(count));
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const auto number = number_in_line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    if (!number) continue;
    const bool same = newest_ && newest_->client == number->client;
    if (!same || number->seq > newest_->seq) newest_ = number;
  }
  recalled_ = size == 0;
  return {};
}

Status ReceiptStore::recall() {
  recalled_ = true;
  return for_each_line(log_, [this](std::size_t, std::string_view line) -> Status {
    if (const auto number = number_in_line(line)) {
      known_[number->client.bytes].insert(number->seq);
    }
    return {};
  });
}

Status ReceiptStore::write_batch() {
  if (batch_.empty()) return {};
  const Lock lock(file_.get());
  if (!lock.is_held()) return error_from_errno(errno, escaped(log_.native()));
  if (const auto cut = cut_torn_line(); !cut) return cut;

  ByteView rest = bytes_of(batch_);
  dirty_ = true;
  while (!rest.empty()) {
    const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_from_errno(errno, escaped(log_.native()));
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  batch_.clear();
  return {};
}

/// What a program wrote last before it was killed may be half a line. Nobody writes now, so it is
/// safe to take it away; else the next line would be lost with it.
Status ReceiptStore::cut_torn_line() {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return error_from_errno(errno, escaped(log_.native()));
  off_t end = status.st_size;
  std::array<char, 4096> piece{};
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(piece.size()));
    const auto size = static_cast<std::size_t>(end - begin);
    if (::pread(file_.get(), piece.data(), size, begin) != static_cast<ssize_t>(size)) {
      return error_from_errno(errno, escaped(log_.native()));
    }
    const auto line_end = std::string_view(piece.data(), size).rfind('\n');
    if (line_end != std::string_view::npos) {
      end = begin + static_cast<off_t>(line_end) + 1;
      break;
    }
    end = begin;
  }
  if (end == status.st_size) return {};
  if (::ftruncate(file_.get(), end) == 0) return {};
  return error_from_errno(errno, escaped(log_.native()));
}

}  // namespace sesame::transfer
