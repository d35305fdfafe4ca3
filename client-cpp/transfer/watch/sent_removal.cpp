#include "transfer/watch/sent_removal.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <random>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/display.hpp"
#include "transfer/watch/file_lease.hpp"

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view aside_prefix = ".sesame-leaving~";
constexpr std::size_t longest_name = 255;
constexpr int most_names = 8;

/// 0, or an errno value: EEXIST where `to` is taken. Some network file systems cannot rename like
/// that; there, a second name that is given, and the first one that is taken away, do the same.
/// They need not be one step, for only we use `from`.
int move_without_replacing(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

/// 0, or an errno value. Others use `from`, so that here it must be one step; `to` is ours alone.
int move_to_own_name(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

fs::path kept_name(const fs::path& original) {
  std::array<char, 16> ending{};
  std::snprintf(ending.data(), ending.size(), ".kept-%08x", std::random_device{}());
  const std::string name = original.filename().native();
  const std::string_view tail(ending.data());
  return original.parent_path() / (name.substr(0, longest_name - tail.size()) + ending.data());
}

}  // namespace

bool is_aside(const fs::path& file) {
  return file.filename().native().starts_with(aside_prefix);
}

fs::path aside_of(const fs::path& file) {
  const std::string name = std::string(aside_prefix) + file.filename().native();
  return file.parent_path() / name.substr(0, longest_name);
}

Result<fs::path> put_back(const fs::path& aside) {
  const fs::path original =
      aside.parent_path() / aside.filename().native().substr(aside_prefix.size());
  int fault = move_without_replacing(aside, original);
  if (fault == 0) return original;
  for (int i = 0; i < most_names && fault != ENOENT; ++i) {
    const fs::path other = kept_name(original);
    fault = move_to_own_name(aside, other);
    if (fault == 0) return other;
  }
  return error_from_errno(fault, escaped(aside.native()));
}

SentRemoval::SentRemoval(fs::path file, FileFacts sent, bool is_quiet)
    : file_(std::move(file)), aside_(aside_of(file_)), sent_(sent), is_quiet_(is_quiet) {}

Error SentRemoval::fault(int errno_value) const {
  return error_from_errno(errno_value, escaped(file_.native()));
}

Result<Removal> SentRemoval::take_steps() {
  const auto opened = open();
  if (!opened) return opened.error();
  if (*opened) return **opened;
  const auto set = set_aside();
  if (!set) return set.error();
  if (*set) return **set;
  return finish();
}

Result<Removal> SentRemoval::run() {
  auto removal = take_steps();
  opened_ = UniqueFd();  // whoever wants to open it has waited long enough
  return removal;
}

Result<std::optional<Removal>> SentRemoval::open() {
  opened_ = open_itself(file_);
  if (!opened_.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional(Removal::Gone);
    if (errno == ELOOP) return std::optional(Removal::Changed);
    return fault(errno);
  }
  // Closing the file gives the lease back.
  const Answer alone = has_to_itself(opened_.get());
  if (alone == Answer::No) return std::optional(Removal::Held);
  is_leased_ = alone == Answer::Yes;
  struct stat status {};
  if (::fstat(opened_.get(), &status) != 0) return fault(errno);
  if (!S_ISREG(status.st_mode) || facts_of(status) != sent_) {
    return std::optional(Removal::Changed);
  }
  if (!is_leased_ && !is_quiet_) return std::optional(Removal::Unleased);
  return std::optional<Removal>();
}

Result<std::optional<Removal>> SentRemoval::set_aside() {
  switch (const int failure = move_to_own_name(file_, aside_)) {
    case 0: return std::optional<Removal>();
    case ENOENT:
    case ENOTDIR: return std::optional(Removal::Gone);
    case EEXIST: {
      // A crash left that. It is nobody's until it has a name that is watched.
      const auto back = put_back(aside_);
      if (!back) return back.error();
      kept_as_ = *back;
      return std::optional(Removal::Held);
    }
    default: return fault(failure);
  }
}

Result<Removal> SentRemoval::finish() {
  if (!is_what_was_sent()) return give_back(Removal::Changed);
  if (::unlink(aside_.c_str()) == 0) return Removal::Removed;
  const int failure = errno;
  const auto back = give_back(Removal::Changed);
  return back ? fault(failure) : back.error();
}

/// Renaming has moved its ctime, and nothing else.
bool SentRemoval::is_what_was_sent() const {
  struct stat here {};
  struct stat named {};
  if (::fstat(opened_.get(), &here) != 0 || ::lstat(aside_.c_str(), &named) != 0) return false;
  const bool is_it = here.st_dev == named.st_dev && here.st_ino == named.st_ino;
  FileFacts facts = facts_of(here);
  facts.ctime = sent_.ctime;
  return is_it && facts == sent_ && (!is_leased_ || still_has_to_itself(opened_.get()));
}

Result<Removal> SentRemoval::give_back(Removal why) {
  const auto back = put_back(aside_);
  if (!back && back.error().code == ErrorCode::NotFound) return Removal::Gone;
  if (!back) {
    return Error{back.error().code, back.error().message +
                                        ": cannot be put back under its own name now; that is "
                                        "tried again when all is looked through"};
  }
  if (*back != file_) kept_as_ = *back;
  return why;
}

}  // namespace sesame::transfer::watch
