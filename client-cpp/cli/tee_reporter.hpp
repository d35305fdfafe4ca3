#pragma once

#include "transfer/reporter.hpp"

namespace sesame::cli {

/// Tells two others.
class TeeReporter : public transfer::Reporter {
 public:
  TeeReporter(transfer::Reporter& first, transfer::Reporter& second)
      : first_(first), second_(second) {}

  void registered(const std::string& client_name,
                  const std::optional<std::filesystem::path>& kept_me_info) override {
    first_.registered(client_name, kept_me_info);
    second_.registered(client_name, kept_me_info);
  }
  void reconnected(const std::string& client_name) override {
    first_.reconnected(client_name);
    second_.reconnected(client_name);
  }
  void file_started(const std::string& name, std::uint64_t size, int send) override {
    first_.file_started(name, size, send);
    second_.file_started(name, size, send);
  }
  void file_progress(std::uint64_t sent, std::uint64_t total) override {
    first_.file_progress(sent, total);
    second_.file_progress(sent, total);
  }
  void crc_differs(const transfer::CrcDifference& difference) override {
    first_.crc_differs(difference);
    second_.crc_differs(difference);
  }
  void file_finished(const transfer::FileOutcome& outcome) override {
    first_.file_finished(outcome);
    second_.file_finished(outcome);
  }
  void retrying(const transfer::Retry& retry) override {
    first_.retrying(retry);
    second_.retrying(retry);
  }
  void stopped(const Error& reason) override {
    first_.stopped(reason);
    second_.stopped(reason);
  }

 private:
  transfer::Reporter& first_;
  transfer::Reporter& second_;
};

}  // namespace sesame::cli
