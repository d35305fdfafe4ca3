#pragma once

#include "cli/exit_code.hpp"
#include "transfer/reporter.hpp"
#include "transfer/send_run.hpp"

namespace sesame::cli {

/// Tells a program on stdout: one JSON object a line, each with its `event`.
class JsonReporter : public transfer::Reporter {
 public:
  void registered(const std::string& client_name,
                  const std::optional<std::filesystem::path>& kept_me_info) override;
  void reconnected(const std::string& client_name) override;
  void file_started(const std::string&, std::uint64_t, int) override {}
  void file_progress(std::uint64_t, std::uint64_t) override {}
  void crc_differs(const transfer::CrcDifference& difference) override;
  void file_finished(const transfer::FileOutcome& outcome) override;
  void retrying(const transfer::Retry& retry) override;
  void stopped(const Error& reason) override;

  /// Of a dry run.
  void would_send(const std::string& name, const Result<transfer::FileJob>& job);
  void summary(const transfer::SendSummary& summary, ExitCode exit);
};

}  // namespace sesame::cli
