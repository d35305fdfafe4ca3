#include "config/staged_file.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/display.hpp"
#include "config/file_io.hpp"

namespace sesame::config {
namespace fs = std::filesystem;
namespace {

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

}  // namespace

Result<StagedFile> StagedFile::create(const fs::path& target) {
  std::string name = (folder_of(target) / ".sesame-XXXXXX").native();
  UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));  // O_EXCL, mode 0600
  if (!file.is_open()) return error_from_errno(errno, escaped(folder_of(target).native()));
  return StagedFile(target, name, std::move(file));
}

StagedFile::StagedFile(fs::path target, fs::path temporary, UniqueFd file)
    : target_(std::move(target)), temporary_(std::move(temporary)), file_(std::move(file)) {}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)) {}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status StagedFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_from_errno(errno, escaped(target_.native()));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status StagedFile::commit(Existing existing) {
  const unsigned flags = existing == Existing::Keep ? RENAME_NOREPLACE : 0;
  if (::fsync(file_.get()) != 0 ||
      ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), flags) != 0) {
    return error_from_errno(errno, escaped(target_.native()));
  }
  temporary_.clear();
  return sync_folder(folder_of(target_));
}

Status move_durably(const fs::path& from, const fs::path& target) {
  if (::rename(from.c_str(), target.c_str()) != 0) {
    return error_from_errno(errno, escaped(target.native()));
  }
  return sync_folder(folder_of(target));
}

Status write_atomically(const fs::path& target, ByteView bytes) {
  auto file = StagedFile::create(target);
  if (!file) return file.error();
  if (const auto written = file->write(bytes); !written) return written.error();
  return file->commit(StagedFile::Existing::Replace);
}

}  // namespace sesame::config
