#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "crypto/sha256.hpp"
#include "protocol/v4/requests.hpp"
#include "transfer/file_facts.hpp"
#include "transfer/v4/content.hpp"
#include "transfer/v4/put_items.hpp"

namespace sesame::transfer::v4 {

/// What a job needs beyond the rest when its content does not fit one frame.
struct LargePart {
  std::unique_ptr<Content> content;
  bool size_known = true;

  // The hash of the content's beginning. It outlives connections: nothing is hashed twice.
  crypto::Sha256 hash;
  std::uint64_t hashed = 0;    // how many bytes it covers
  bool hash_complete = false;  // and it is in PutJob::sha256

  // While a reader has the job, it alone touches content, hash and size.
  bool is_read = false;
  std::atomic<bool> cancelled = false;  // the reader shall let go of it

  std::uint64_t best_offset = 0;               // the farthest that the server has ever named
  bool start_over = false;                     // what the server has is not wanted
  std::optional<crypto::Sha256Digest> stored;  // of what stands at the path; compared with ours
};

/// What is done with a job when nobody holds it any more.
struct Ending {
  enum class What { Fail, Restart, TryLater };
  What what;
  Error reason;
  bool refused = false;
};

/// One item on its way. It outlives connections.
struct PutJob {
  enum class Phase {
    Waiting,     // for its turn
    Opening,     // 1103 sent
    Sending,     // its content is being read and sent
    Comparing,   // its content is being hashed: the server may have it already
    Committing,  // 1105 sent
    Putting,     // 1106 sent
    Cancelling,  // 1107 sent; then `ending`
    Placing,     // 1108 sent
  };

  PutItem item;
  std::uint64_t size = 0;
  FileFacts facts;  // of a file, when it was opened
  protocol::v4::Attributes attributes;
  crypto::Sha256Digest sha256{};
  std::unique_ptr<LargePart> large = nullptr;

  Phase phase = Phase::Waiting;
  protocol::v4::StreamId stream = 0;
  std::optional<Ending> ending = std::nullopt;
  bool is_announced = false;  // the reporter knows that it was started
  bool is_redone = false;     // it is with the scout for another time
  bool holds_slot = false;    // of the large jobs that may be open at once

  // How often, each with a limit of its own.
  int changes = 0;
  int hash_differences = 0;
  int refusals = 0;
};

using PutJobPtr = std::unique_ptr<PutJob>;

}  // namespace sesame::transfer::v4
