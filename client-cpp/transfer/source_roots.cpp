#include "transfer/source_roots.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <unistd.h>

#include "base/display.hpp"
#include "net/wait.hpp"

namespace sesame::transfer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t roots_at_once = 64 * 1024;
constexpr std::size_t longest_name = 16 * 1024;

/// The segments that are not dropped, with `/` between them.
template <typename Predicate>
std::string segments_of(std::string_view name, Predicate is_dropped) {
  std::string path;
  while (!name.empty()) {
    const auto end = name.find('/');
    const auto segment = name.substr(0, end);
    name.remove_prefix(end == std::string_view::npos ? name.size() : end + 1);
    if (is_dropped(segment)) continue;
    if (!path.empty()) path += '/';
    path += segment;
  }
  return path;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

Result<std::optional<SourceRoot>> RootVector::next() {
  if (next_ == roots_.size()) return std::optional<SourceRoot>();
  return std::optional(std::move(roots_[next_++]));
}

Result<std::optional<SourceRoot>> RootList::next() {
  while (true) {
    const auto end = std::min(buffer_.find(end_, position_), buffer_.size());
    if (end == buffer_.size() && !at_end_) {
      if (const auto read = read_more(); !read) return read.error();
      continue;
    }
    std::string name = buffer_.substr(position_, end - position_);
    position_ = std::min(end + 1, buffer_.size());
    if (end_ == '\n' && name.ends_with('\r')) name.pop_back();
    if (!name.empty()) {
      auto path = path_below(below_, relative_name(name));
      return std::optional(SourceRoot{.source = name, .path = std::move(path)});
    }
    if (at_end_ && position_ == buffer_.size()) return std::optional<SourceRoot>();
  }
}

Status RootList::read_more() {
  buffer_.erase(0, std::exchange(position_, 0));
  if (buffer_.size() > longest_name) {
    return Error{ErrorCode::Malformed, name_ + " is no list of file names: one is too long"};
  }
  // A signal that comes just before read() would not end it; poll() sees that too.
  std::array wait{pollfd{list_.get(), POLLIN, 0}};
  const auto ready = net::wait_until(wait, net::Clock::now() + std::chrono::hours(1));
  if (!ready) return ready.error();
  if (*ready == 0) return {};

  const std::size_t before = buffer_.size();
  buffer_.resize(before + roots_at_once);
  const ssize_t count = ::read(list_.get(), buffer_.data() + before, roots_at_once);
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0 && errno != EINTR) return error_from_errno(errno, name_);
  at_end_ = count == 0;
  return {};
}

std::string own_name(const fs::path& source) {
  fs::path path = source;
  while (!path.has_filename() && path.has_relative_path())
    path = path.parent_path();
  if (path.filename() != "." && path.filename() != ".." && path.has_filename()) {
    return path.filename().native();
  }
  std::error_code fault;
  const fs::path real = fs::canonical(source, fault);
  return fault ? std::string() : real.filename().native();
}

std::string relative_name(std::string_view name) {
  return segments_of(name,
                     [](std::string_view segment) { return segment.empty() || segment == "."; });
}

std::string portable_name(std::string_view name) {
  std::string path(name);
  std::ranges::replace(path, '\\', '/');
  if (path.size() >= 2 && is_letter(path[0]) && path[1] == ':') path.erase(0, 2);
  return segments_of(path, [](std::string_view segment) {
    return segment.empty() || segment == "." || segment == "..";
  });
}

std::string path_below(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return std::string(folder) + "/" + std::string(name);
}

}  // namespace sesame::transfer
