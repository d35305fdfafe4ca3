#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "protocol/v4/responses.hpp"
#include "transfer/file_facts.hpp"
#include "transfer/receipt.hpp"
#include "transfer/retry.hpp"

namespace sesame::transfer::v4 {

/// One thing to upload.
struct PutItem {
  enum class Kind {
    File,    // a regular file
    Folder,  // its mode and mtime; sent when all files are acknowledged
    Stdin,   // whatever comes from standard input, until its end
  };

  Kind kind = Kind::File;
  std::filesystem::path source;  // on this machine; nothing for Stdin
  std::string path;              // on the server, as docs/PROTOCOL.md 2.2 has it
};

/// Where the items come from: a list, or a walk through folders that goes on while files are sent.
class ItemSource {
 public:
  virtual ~ItemSource() = default;

  /// The next item, nothing at the end. Is called from one thread, which is not the one that called
  /// PutRun::run(). May take its time: what has been found is sent meanwhile.
  virtual std::optional<PutItem> next() = 0;

  /// The run ends: next() gives nothing any more, also where it is waiting for something just now.
  /// Is called from any thread.
  virtual void stop() = 0;
};

/// Keeps receipts. The calls come from the thread that called PutRun::run().
class ReceiptSink {
 public:
  virtual ~ReceiptSink() = default;

  /// A connection begins: this is the last receipt of the client that the server knows. What comes
  /// with a higher number is new, also where an older state of the server was restored.
  virtual void server_knows(const ClientId& client, std::uint64_t last_seq) = 0;

  /// A receipt whose fields and signature have been checked. A failure ends the run: a file whose
  /// receipt is not kept is not reported as acknowledged.
  virtual Status keep(const Receipt& receipt) = 0;

  /// What was kept must now be on disk. Called after some receipts, and at the end of the run,
  /// before their files are reported as acknowledged.
  virtual Status flush() = 0;
};

/// That the server has an item, durable at its place.
struct Acknowledgement {
  std::uint64_t size = 0;
  crypto::Sha256Digest sha256{};
  FileFacts facts;                   // of a file, when it was opened to be sent
  bool already_there = false;        // stored before this run, with the same content
  const Receipt* receipt = nullptr;  // null for a folder
};

/// Why an item is not at the server.
struct ItemFailure {
  Error error;
  bool refused = false;    // the server does not want it; else the fault is here or on the way
  bool left_over = false;  // nothing is wrong with it: the run ended before it was acknowledged
};

/// How far the run is. Content bytes, without frames.
struct PutProgress {
  std::uint64_t items_started = 0;
  std::uint64_t items_acknowledged = 0;
  std::uint64_t bytes_started = 0;  // sizes of the items that were started (standard input: 0)
  std::uint64_t bytes_sent = 0;     // over all connections, so it may pass bytes_started
  std::uint64_t bytes_resumed = 0;  // not sent, because the server had them already
  std::string_view path;            // of the file whose content was sent last
  std::uint64_t item_position = 0;  // in that file
  std::uint64_t item_size = 0;      // 0 when it is not known
};

/// Is told what happens. The calls come from the thread that called PutRun::run(). Each item that
/// was started is either acknowledged or failed in the end, once.
class PutReporter {
 public:
  virtual ~PutReporter() = default;

  /// The server let us in, for the first time or after a fault.
  virtual void connected(const protocol::v4::Welcome& welcome) = 0;
  virtual void item_started(const PutItem& item, std::uint64_t size) = 0;
  /// About ten times a second.
  virtual void progress(const PutProgress& progress) = 0;
  virtual void item_acknowledged(const PutItem& item, const Acknowledgement& what) = 0;
  /// May come without item_started: the item could not be read at all.
  virtual void item_failed(const PutItem& item, const ItemFailure& failure) = 0;
  /// The item begins anew: its source changed, or the server found another hash.
  virtual void item_restarted(const PutItem& item, const Error& reason) = 0;
  virtual void retrying(const Retry& retry) = 0;
  /// The run ends because of this.
  virtual void stopped(const Error& reason) = 0;
};

}  // namespace sesame::transfer::v4
