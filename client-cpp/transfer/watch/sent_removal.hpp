#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "transfer/file_facts.hpp"

namespace sesame::transfer::watch {

/// What became of a file that was to be removed.
enum class Removal {
  Removed,
  Gone,      // it is not there any more
  Changed,   // it is not what was sent
  Held,      // somebody has it open
  Unleased,  // who has it open cannot be known here, and it is not known to be quiet
};

/// The removal of one file that was sent (docs/WATCH.md 1). A name may get another file at any
/// moment, so nothing is removed under a name that others use: the file is renamed to one of ours
/// first, and looked at there.
class SentRemoval {
 public:
  /// `is_quiet`: it has looked the same for long enough to go without a lease.
  SentRemoval(std::filesystem::path file, FileFacts sent, bool is_quiet);

  /// All steps. Fails with Io, and says where the file is if that is not its place.
  Result<Removal> run();

  // The steps, each of which gives how it ended early.
  Result<std::optional<Removal>> open();
  Result<std::optional<Removal>> set_aside();
  Result<Removal> finish();

  /// The name that the file has now, where its own was taken before it could be put back.
  [[nodiscard]] const std::optional<std::filesystem::path>& kept_as() const { return kept_as_; }

 private:
  Result<Removal> take_steps();
  [[nodiscard]] bool is_what_was_sent() const;
  Result<Removal> give_back(Removal why);
  [[nodiscard]] Error fault(int errno_value) const;

  std::filesystem::path file_;
  std::filesystem::path aside_;
  FileFacts sent_;
  bool is_quiet_;
  bool is_leased_ = false;
  UniqueFd opened_;
  std::optional<std::filesystem::path> kept_as_;
};

/// Whether a file has a name that only files on their way out have.
[[nodiscard]] bool is_aside(const std::filesystem::path& file);

/// The name that a file has on its way out.
[[nodiscard]] std::filesystem::path aside_of(const std::filesystem::path& file);

/// Gives a file that was set aside its name back; another one, beside it, if that is taken. Gives
/// where it is. Fails with NotFound or Io.
Result<std::filesystem::path> put_back(const std::filesystem::path& aside);

}  // namespace sesame::transfer::watch
