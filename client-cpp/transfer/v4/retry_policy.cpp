#include "transfer/v4/retry_policy.hpp"

#include <algorithm>
#include <string>

namespace sesame::transfer::v4 {
namespace {

/// A server that broke the protocol twice in a row will do it again.
constexpr int most_retries_after_breach = 2;

bool is_worth_retrying(ErrorCode code) {
  return is_network_fault(code) || is_protocol_fault(code) || code == ErrorCode::Unavailable;
}

}  // namespace

void RetryPolicy::note_progress() {
  attempts_ = 0;
  backoff_.reset();
}

Result<Retry> RetryPolicy::next(const Error& fault) {
  if (!is_worth_retrying(fault.code)) return fault;
  const int most =
      is_protocol_fault(fault.code) ? std::min(retries_, most_retries_after_breach) : retries_;
  if (attempts_ >= most) {
    return Error{fault.code, fault.message + "; given up after " + std::to_string(attempts_ + 1) +
                                 (attempts_ == 0 ? " try" : " tries") +
                                 ". Check the server and the way to it, then run this again: it "
                                 "goes on where it stopped"};
  }
  ++attempts_;
  return Retry{fault, attempts_, most, backoff_.next()};
}

}  // namespace sesame::transfer::v4
