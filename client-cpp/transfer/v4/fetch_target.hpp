#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "protocol/v4/requests.hpp"

namespace sesame::transfer::v4 {

/// Where a file that is fetched will stand. Until it is complete it lies beside that place, under
/// a random name, with mode 0600; if it is never committed, nothing of it stays.
class FetchTarget {
 public:
  /// `relative` is below `root`: folders on the way are made where they are missing, and links
  /// below `root` are not followed. Fails with AlreadyExists when something stands there and is
  /// not to be replaced, NotRegular for a path that leaves `root`, or Io.
  static Result<FetchTarget> create(const std::filesystem::path& root,
                                    const std::filesystem::path& relative, bool overwrite);

  FetchTarget(FetchTarget&& other) noexcept;
  FetchTarget& operator=(FetchTarget&&) = delete;
  FetchTarget(const FetchTarget&) = delete;
  FetchTarget& operator=(const FetchTarget&) = delete;
  ~FetchTarget();

  Status write_at(std::uint64_t offset, ByteView bytes);
  /// Forgets everything that was written.
  Status clear();

  /// Gives it its mode (without set-user-id and the like: a server does not decide that) and time,
  /// and puts it at its place.
  Status commit(protocol::v4::Attributes attributes);

 private:
  FetchTarget() = default;

  UniqueFd folder_;
  UniqueFd file_;
  std::string name_;
  std::string temporary_;  // empty once it is gone
  bool overwrite_ = false;
};

}  // namespace sesame::transfer::v4
