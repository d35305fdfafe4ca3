#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/progress_line.hpp"
#include "transfer/v4/fetch_run.hpp"

namespace sesame::cli {

/// Done only when every file arrived.
[[nodiscard]] ExitCode exit_code(const transfer::v4::FetchSummary& summary);

/// Tells how a `get` goes: a person on stderr, and a program on stdout where that is wanted.
class GetReport : public transfer::v4::FetchReporter {
 public:
  /// Targets are below `root`. `files` and `bytes` are all that is to come; 0 bytes: not known.
  GetReport(const OutputOptions& output, std::filesystem::path root, std::uint64_t files,
            std::uint64_t bytes)
      : root_(std::move(root)),
        verbosity_(output.verbosity()),
        json_(output.json()),
        line_(output.shows_progress()),
        files_(files),
        bytes_(bytes) {}

  void connected(const std::string& client_name) override;
  void item_started(const transfer::v4::FetchItem& item, std::uint64_t size) override;
  void progress(const transfer::v4::FetchItem& item, std::uint64_t position,
                std::uint64_t size) override;
  void item_fetched(const transfer::v4::FetchItem& item,
                    const transfer::v4::Fetched& what) override;
  void item_failed(const transfer::v4::FetchItem& item,
                   const transfer::v4::ItemFailure& failure) override;
  void retrying(const transfer::Retry& retry) override;
  void stopped(const Error& reason) override;

  /// A folder could not be made, or not given its attributes.
  void folder_failed(const Error& error);
  void summary(const transfer::v4::FetchSummary& summary, ExitCode exit);

 private:
  void print(Verbosity from, const std::string& line);

  [[nodiscard]] std::filesystem::path target_of(const transfer::v4::FetchItem& item) const {
    return root_ == "." ? item.target : root_ / item.target;
  }

  std::filesystem::path root_;
  Verbosity verbosity_;
  bool json_;
  ProgressLine line_;
  std::uint64_t files_;
  std::uint64_t bytes_;
  std::uint64_t files_done_ = 0;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t bytes_moved_ = 0;  // of the done: over the wire in this run
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace sesame::cli
