#include "cli/exit_code.hpp"

#include <csignal>

#include "net/interrupt.hpp"

namespace sesame::cli {

ExitCode exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::Malformed:
    case ErrorCode::BadTransferInfo:
    case ErrorCode::BadMeInfo: return ExitCode::Usage;
    case ErrorCode::NotFound: return ExitCode::NotFound;
    case ErrorCode::NameTaken:
    case ErrorCode::NotJoined:
    case ErrorCode::Revoked:
    case ErrorCode::OverQuota:
    case ErrorCode::Refused: return ExitCode::Refused;
    case ErrorCode::AwaitingApproval:
    case ErrorCode::Unavailable: return ExitCode::NetworkFault;
    case ErrorCode::BadKey:
    case ErrorCode::OpenToOthers:
    case ErrorCode::BadSignature:
    case ErrorCode::BadReceipt:
    case ErrorCode::IdentityMismatch: return ExitCode::Identity;
    case ErrorCode::Interrupted:
      return net::Interrupt::signal() == SIGTERM ? ExitCode::Terminated : ExitCode::Interrupted;
    default: return is_network_fault(error.code) ? ExitCode::NetworkFault : ExitCode::Other;
  }
}

ExitCode exit_code(const transfer::SendSummary& summary) {
  if (summary.stopped_by) return exit_code(*summary.stopped_by);
  if (summary.failed() == 0) return ExitCode::Done;
  return summary.refused == summary.files ? ExitCode::Refused : ExitCode::SomeFailed;
}

}  // namespace sesame::cli
