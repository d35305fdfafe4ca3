#pragma once

#include "cli/put_listener.hpp"

namespace sesame::cli {

/// Tells a program on stdout: one JSON object a line, each with its `event`.
class PutJson : public PutListener {
 public:
  void connected(const protocol::v4::Welcome& welcome) override;
  void item_started(const transfer::v4::PutItem&, std::uint64_t) override {}
  void progress(const transfer::v4::PutProgress&) override {}
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
};

}  // namespace sesame::cli
