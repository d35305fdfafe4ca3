#pragma once

#include "cli/progress_line.hpp"
#include "transfer/reporter.hpp"
#include "transfer/send_run.hpp"

namespace sesame::cli {

enum class Verbosity {
  Quiet,    // what goes wrong for good
  Normal,   // and what becomes of each file
  Verbose,  // and each step on the way
};

/// Tells a person on stderr.
class HumanReporter : public transfer::Reporter {
 public:
  HumanReporter(Verbosity verbosity, bool progress) : verbosity_(verbosity), line_(progress) {}

  void registered(const std::string& client_name,
                  const std::optional<std::filesystem::path>& kept_me_info) override;
  void reconnected(const std::string& client_name) override;
  void file_started(const std::string& name, std::uint64_t size, int send) override;
  void file_progress(std::uint64_t sent, std::uint64_t total) override;
  void crc_differs(const transfer::CrcDifference& difference) override;
  void file_finished(const transfer::FileOutcome& outcome) override;
  void retrying(const transfer::Retry& retry) override;
  void stopped(const Error& reason) override;

  void summary(const transfer::SendSummary& summary);

 private:
  void print(Verbosity from, const std::string& line);

  Verbosity verbosity_;
  ProgressLine line_;
};

}  // namespace sesame::cli
