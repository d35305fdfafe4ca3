#pragma once

#include "net/backoff.hpp"
#include "transfer/v4/put_items.hpp"

namespace sesame::transfer::v4 {

/// How often, and after what pause, a run goes on after its connection failed.
class RetryPolicy {
 public:
  /// So many failures in a row are tried again.
  explicit RetryPolicy(int retries) : retries_(retries) {}

  /// Something went well: the next failure is a first one.
  void note_progress();

  /// What to do about this failure: wait, and try again; or the error that ends the run, because
  /// another try would not help, or because there were enough.
  Result<Retry> next(const Error& fault);

 private:
  int retries_;
  int attempts_ = 0;
  net::Backoff backoff_;
};

}  // namespace sesame::transfer::v4
