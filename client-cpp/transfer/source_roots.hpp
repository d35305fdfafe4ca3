#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sesame::transfer {

/// Something that the user named: a file or a folder here, and what it is to be called there.
struct SourceRoot {
  std::filesystem::path source;
  std::string path;  // on the server; may be one that no server takes
  bool is_stdin = false;
};

/// What the user named, one after the other.
class RootSource {
 public:
  virtual ~RootSource() = default;
  /// Nothing at the end. A failure ends it too.
  virtual Result<std::optional<SourceRoot>> next() = 0;
};

/// A list that is known from the start.
class RootVector : public RootSource {
 public:
  explicit RootVector(std::vector<SourceRoot> roots) : roots_(std::move(roots)) {}
  Result<std::optional<SourceRoot>> next() override;

 private:
  std::vector<SourceRoot> roots_;
  std::size_t next_ = 0;
};

/// Names in a file or from a pipe, read as they are needed: one a line, or each ended by a NUL.
/// Empty ones are skipped.
class RootList : public RootSource {
 public:
  /// `name` is what the list is called when it fails. `below` is a folder on the server, or empty.
  RootList(UniqueFd list, std::string name, char end_of_name, std::string below)
      : list_(std::move(list)),
        name_(std::move(name)),
        end_(end_of_name),
        below_(std::move(below)) {}

  /// Waits for what comes through a pipe. Fails with Io or Interrupted.
  Result<std::optional<SourceRoot>> next() override;

 private:
  Status read_more();

  UniqueFd list_;
  std::string name_;
  char end_;
  std::string below_;
  std::string buffer_;
  std::size_t position_ = 0;  // in the buffer: what is before it is done with
  bool at_end_ = false;
};

/// The name that something has in its folder: `a/b/` is `b`, and `.` is what the folder is called.
/// Empty for the root of the file system.
[[nodiscard]] std::string own_name(const std::filesystem::path& source);

/// A listed name as a path on the server: without what makes it absolute, without `.` and empty
/// segments. `..` stays, and makes it one that no server takes.
[[nodiscard]] std::string relative_name(std::string_view name);

/// The same for a name in transfer.info, which may come from another system: `\` counts as `/`, a
/// leading drive is dropped, and so is `..` (docs/PROTOCOL.md 1.1, as for version 3).
[[nodiscard]] std::string portable_name(std::string_view name);

/// `folder/name`, or `name` when the folder is empty.
[[nodiscard]] std::string path_below(std::string_view folder, std::string_view name);

}  // namespace sesame::transfer
