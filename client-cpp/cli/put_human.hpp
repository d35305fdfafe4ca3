#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/human_reporter.hpp"
#include "cli/progress_line.hpp"
#include "cli/put_listener.hpp"
#include "transfer/source_totals.hpp"

namespace sesame::cli {

/// Tells a person on stderr: what goes wrong, how far everything is, and at the end what it came
/// to. A line for each file only to those who want to hear more.
class PutHuman : public PutListener {
 public:
  /// `all` may be null: then nobody knows how much is left.
  PutHuman(Verbosity verbosity, bool progress, const transfer::SourceTotals* all)
      : verbosity_(verbosity), line_(progress), all_(all) {}

  void connected(const protocol::v4::Welcome& welcome) override;
  void item_started(const transfer::v4::PutItem& item, std::uint64_t size) override;
  void progress(const transfer::v4::PutProgress& progress) override;
  void item_acknowledged(const transfer::v4::PutItem& item,
                         const transfer::v4::Acknowledgement& what) override;
  void item_failed(const transfer::v4::PutItem& item,
                   const transfer::v4::ItemFailure& failure) override;
  void item_restarted(const transfer::v4::PutItem& item, const Error& reason) override;
  void retrying(const transfer::Retry& retry) override;
  void stopped(const Error& reason) override;
  void skipped(const std::filesystem::path& source, const std::string& why) override;
  void failed(const std::filesystem::path& source, const Error& error) override;
  void summary(const PutTotals& totals, ExitCode exit) override;

 private:
  void print(Verbosity from, const std::string& line);
  /// The same fault may meet thousands of files at once, and is one piece of news.
  bool is_news(const std::string& reason);

  Verbosity verbosity_;
  ProgressLine line_;
  std::string last_reason_;
  std::chrono::steady_clock::time_point last_told_;
  const transfer::SourceTotals* all_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::uint64_t files_done_ = 0;
  std::uint64_t bytes_there_ = 0;  // of files that were at the server before
};

/// How far a whole run is. `done_bytes` of `all_bytes` need not be sent any more, of which
/// `sent_bytes` were sent in `elapsed`; `all_files` is 0 when it is not known.
struct RunProgress {
  std::uint64_t done_files = 0;
  std::uint64_t all_files = 0;
  std::uint64_t done_bytes = 0;
  std::uint64_t all_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::chrono::duration<double> elapsed{};
};

/// `1,234 of 10,000 files  45%  1.2 GiB of 2.9 GiB  301.4 MiB/s  5.7 s left`.
[[nodiscard]] std::string run_progress_text(const RunProgress& progress);

}  // namespace sesame::cli
