#pragma once

#include <cstdint>

#include <sys/stat.h>

namespace sesame::transfer {

/// What a file looks like from outside. Two looks that give the same have seen the same content,
/// but for who works against that.
struct FileFacts {
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  // nanoseconds since 1970
  std::int64_t ctime = 0;  // likewise; nobody but the kernel sets it
  std::uint64_t inode = 0;

  friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

[[nodiscard]] inline FileFacts facts_of(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim), status.st_ino};
}

}  // namespace sesame::transfer
