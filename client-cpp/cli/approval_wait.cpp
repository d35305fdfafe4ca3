#include "cli/approval_wait.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/display.hpp"
#include "cli/json_line.hpp"
#include "net/wait.hpp"

namespace sesame::cli {
namespace {

using std::chrono::seconds;

constexpr seconds first_pause{2};
constexpr seconds longest_pause{30};

/// The command as it is pasted: what begins with a dash would be taken for an option.
std::string approve_line(const std::string& fingerprint) {
  return "sesamed clients approve " + std::string(fingerprint.starts_with('-') ? "-- " : "") +
         fingerprint;
}

/// The server may be away for a while, or have no time; who waits for a person waits for that too.
bool is_passing(const Error& fault) {
  return is_network_fault(fault.code) || fault.code == ErrorCode::Unavailable;
}

}  // namespace

Result<transfer::v4::Greeting> ApprovalWait::join(transfer::v4::Endpoint endpoint,
                                                  const transfer::v4::JoinRequest& request) const {
  bool has_asked = false;
  for (seconds pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    const auto asked = transfer::v4::ask_to_join(endpoint, request);
    if (asked && asked->greeting) return *asked->greeting;
    if (!asked && !(has_asked && is_passing(asked.error()))) return asked.error();
    if (!asked) tell_fault(asked.error());
    if (asked && !has_asked) {
      has_asked = true;
      // Believed on first use, and not each time anew.
      endpoint.pin = asked->server_pin;
      tell(endpoint, request.name);
      if (!waits_) {
        return Error{ErrorCode::AwaitingApproval,
                     "the operator of the server has not decided yet: run this again later"};
      }
    }
    const auto slept = net::sleep_for(pause);
    if (!slept) {
      return Error{slept.error().code,
                   "interrupted while the operator had not decided: the same command goes on"};
    }
  }
}

void ApprovalWait::tell(const transfer::v4::Endpoint& endpoint, const std::string& name) const {
  const auto fingerprint = endpoint.identity->pin().to_string();
  const auto server = endpoint.server.to_string();
  const auto pin = endpoint.pin->to_string();
  if (output_.json()) {
    print_json({{"event", "awaiting-approval"},
                {"client", name},
                {"fingerprint", fingerprint},
                {"server", server},
                {"pin", pin}});
    return;
  }
  if (output_.verbosity() <= Verbosity::Quiet) return;
  std::fprintf(stderr,
               "'%s' asks to join %s, and its operator decides\n"
               "  fingerprint of this machine  %s\n"
               "  pin of the server            %s\n"
               "If the server shows the same, the operator runs there:\n"
               "  %s\n",
               escaped(name).c_str(), server.c_str(), fingerprint.c_str(), pin.c_str(),
               approve_line(fingerprint).c_str());
  if (waits_) {
    std::fprintf(stderr, "waiting; interrupted, the same command goes on\n");
  }
}

void ApprovalWait::tell_fault(const Error& fault) const {
  if (output_.json() || output_.verbosity() <= Verbosity::Quiet) return;
  std::fprintf(stderr, "%s; still waiting\n", fault.message.c_str());
}

}  // namespace sesame::cli
