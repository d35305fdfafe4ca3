#pragma once

#include <string>

#include "cli/common_options.hpp"
#include "transfer/v4/enrol.hpp"

namespace sesame::cli {

/// Asks a server to let this machine in, until its operator has decided (docs/FLEET.md 1): says
/// once what he needs to know, and asks again after 2 s, at last every 30 s.
class ApprovalWait {
 public:
  /// @param waits without it, the first answer is the last
  ApprovalWait(const OutputOptions& output, bool waits) : output_(output), waits_(waits) {}

  /// Fails as transfer::v4::enrol; with Interrupted, after which the same goes on.
  Result<transfer::v4::Greeting> join(transfer::v4::Endpoint endpoint,
                                      const transfer::v4::JoinRequest& request) const;

 private:
  void tell(const transfer::v4::Endpoint& endpoint, const std::string& name) const;
  void tell_fault(const Error& fault) const;

  const OutputOptions& output_;
  bool waits_;
};

}  // namespace sesame::cli
