#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "net/wake_fd.hpp"
#include "transfer/v4/put_run.hpp"

namespace sesame::transfer::watch {

/// Sends what a source gives, in a thread of its own.
class Sender {
 public:
  /// A run through all that the source gives.
  using Run = std::function<v4::PutSummary(v4::ItemSource&, v4::PutReporter&)>;

  /// `wake` is signalled when a run is over.
  Sender(Run run, net::WakeFd& wake) : run_(std::move(run)), wake_(wake) {}

  /// `source` and `reporter` outlive the run.
  void start(v4::ItemSource& source, v4::PutReporter& reporter) {
    is_over_ = false;
    thread_ = std::jthread([this, &source, &reporter] {
      summary_ = run_(source, reporter);
      is_over_ = true;
      wake_.signal();
    });
  }

  [[nodiscard]] bool is_running() const { return thread_.joinable(); }

  /// What came of the run, once it is over.
  std::optional<v4::PutSummary> finished() {
    if (!is_running() || !is_over_) return std::nullopt;
    return wait();
  }

  /// Until the run is over.
  v4::PutSummary wait() {
    thread_.join();
    return std::move(summary_);
  }

 private:
  Run run_;
  net::WakeFd& wake_;
  v4::PutSummary summary_;
  std::atomic<bool> is_over_ = false;
  std::jthread thread_;
};

}  // namespace sesame::transfer::watch
