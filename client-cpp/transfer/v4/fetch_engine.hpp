#pragma once

#include <list>
#include <optional>
#include <string>

#include "crypto/sha256.hpp"
#include "transfer/token_bucket.hpp"
#include "transfer/v4/channel.hpp"
#include "transfer/v4/fetch_run.hpp"
#include "transfer/v4/fetch_target.hpp"
#include "transfer/v4/retry_policy.hpp"

namespace sesame::transfer::v4 {

/// Asks for some files ahead, so that no file waits for the way of its request, and writes what
/// comes.
class FetchRun::Engine {
 public:
  Engine(Endpoint endpoint, FetchOptions options, FetchSource& source, FetchReporter& reporter);

  FetchSummary run();

 private:
  using StreamId = protocol::v4::StreamId;

  /// One file on its way. It outlives connections.
  struct Fetch {
    FetchItem item;
    FetchTarget target;
    StreamId stream = 0;
    std::uint64_t position = 0;  // everything before it is written and hashed
    crypto::Sha256 hash = {};
    std::optional<protocol::v4::FileHead> head = std::nullopt;
    std::uint64_t resumed_from = 0;
    bool head_came = false;  // over this connection
    bool failed = false;     // what still comes of it is skipped
    int differences = 0;     // hashes that were not right
    int refusals = 0;
  };
  using Fetches = std::list<Fetch>;

  Status run_to_the_end();
  Status connect_and_fetch();
  Status ask_for_more(Channel& channel);
  Status request(Channel& channel, Fetch& fetch);
  Fetches::iterator find(StreamId stream);
  Status handle(Channel& channel, const protocol::v4::Response& response);
  Status on(const protocol::v4::FileHead& head);
  Status on(const protocol::v4::Content& content);
  Status on_done(Channel& channel, StreamId stream);
  Status on_refused(Channel& channel, const protocol::v4::Refused& refused);
  Status start_over(Fetch& fetch);
  Status complete(Fetch& fetch);
  void fail(const FetchItem& item, const ItemFailure& failure);
  void report_progress(const Fetch& fetch);

  const Endpoint endpoint_;
  const FetchOptions options_;
  FetchSource& source_;
  FetchReporter& reporter_;
  FetchSummary summary_;
  RetryPolicy retries_;
  std::optional<TokenBucket> limit_;
  Fetches fetches_;
  StreamId next_stream_ = 1;
  bool exhausted_ = false;
  net::Clock::time_point next_report_{};
};

}  // namespace sesame::transfer::v4
