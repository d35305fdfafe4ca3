#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "transfer/v4/endpoint.hpp"
#include "transfer/v4/put_items.hpp"

namespace sesame::transfer::v4 {

struct PutOptions {
  /// Threads that read and hash large files beside the one that sends. 0: as the machine has cores.
  unsigned readers = 0;
  /// Where PutItem::Kind::Stdin reads from.
  int stdin_fd = 0;
  /// How often a file that changed while it was read begins anew before it fails.
  int restarts_of_changed = 3;
};

struct PutSummary {
  std::size_t items = 0;          // that were taken from the source
  std::size_t acknowledged = 0;   // folders too
  std::size_t already_there = 0;  // of the acknowledged: nothing had to be stored
  std::size_t refused = 0;        // by the server, of those that are not acknowledged
  std::uint64_t bytes = 0;        // of the acknowledged files
  std::uint64_t bytes_sent = 0;   // content, with what had to be sent twice
  std::chrono::duration<double> duration{};
  std::optional<Error> stopped_by;  // why the run ended early; the source may hold more items

  [[nodiscard]] std::size_t failed() const { return items - acknowledged; }
  /// Every item of the source is acknowledged.
  [[nodiscard]] bool complete() const { return !stopped_by && failed() == 0; }
};

/// Uploads what a source gives, many items at once over one connection. An item that cannot be sent
/// does not keep the others from it; a fault of the network is tried again, from where the server
/// has got to.
///
/// Stops early, with `stopped_by`, for: Interrupted; a network fault that outlasted the retries;
/// IdentityMismatch (another server answers); Revoked; NotJoined; BadReceipt and BadSignature (the
/// server signs what is not true); a protocol fault; a ReceiptSink that fails.
class PutRun {
 public:
  PutRun(Endpoint endpoint, PutOptions options, ItemSource& source, ReceiptSink& receipts,
         PutReporter& reporter);
  PutRun(const PutRun&) = delete;
  PutRun& operator=(const PutRun&) = delete;
  ~PutRun();

  /// Once.
  PutSummary run();

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace sesame::transfer::v4
