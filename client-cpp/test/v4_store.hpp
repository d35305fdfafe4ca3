#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/client_id.hpp"
#include "crypto/pin.hpp"
#include "crypto/sha256.hpp"
#include "receipt_maker.hpp"

namespace sesame::test {

/// A request as it came.
struct V4Frame {
  ClientId client;
  std::uint16_t code = 0;
  Bytes payload;
};

[[nodiscard]] Bytes v4_response(std::uint16_t code, ByteView payload);
[[nodiscard]] Bytes v4_refusal(std::uint32_t stream, std::uint16_t number,
                               std::string_view text = "");

/// What a v4 server remembers, in memory, and what it answers. One client; one connection at a time
/// has streams.
class V4Store {
 public:
  struct Version {
    std::string content;
    std::int64_t mtime = 0;
    std::uint32_t mode = 0;
    crypto::Sha256Digest sha256{};
    std::uint64_t seq = 0;
    std::string receipt;
  };
  struct Folder {
    std::int64_t mtime = 0;
    std::uint32_t mode = 0;
  };

  V4Store();

  /// Streams are those of a connection; what was received stays.
  void begin_connection();
  /// An older state of it is restored, of which this was the last receipt.
  void go_back_to(std::uint64_t seq);
  /// The answers, one behind the other.
  Bytes answer(const V4Frame& frame);

  // What a test looks at, or sets before it begins. Guarded by mutex().
  ClientId client_id;
  ReceiptMaker maker;  // knows the pins of both
  std::uint32_t window = 1 << 20;
  std::size_t page_size = 1000;
  bool write_only = false;
  /// With which a 1111 is answered; none: it is not told of.
  std::optional<Bytes32> knock_key;
  std::uint16_t knock_port = 0;
  std::map<std::string, Version> versions;
  std::map<std::string, Folder> folders;
  std::uint64_t content_received = 0;  // over all connections
  int versions_made = 0;
  bool window_exceeded = false;
  /// A receipt says another size than that of the file.
  bool lies = false;
  /// A receipt is signed with another key.
  bool forges = false;
  /// Receipts name another one before them.
  bool forks = false;

 private:
  struct Upload {
    std::optional<std::uint64_t> size;
    std::int64_t mtime = 0;
    std::uint32_t mode = 0;
    std::string content;
  };

  Bytes welcome() const;
  Bytes open(ByteView payload);
  Bytes data(ByteView payload);
  Bytes commit(ByteView payload);
  Bytes put(ByteView payload);
  Bytes cancel(ByteView payload);
  Bytes folder(ByteView payload);
  Bytes list(ByteView payload) const;
  Bytes fetch(ByteView payload) const;
  Bytes give_knock_key(ByteView payload) const;
  Bytes finish(std::uint32_t stream, const std::string& path, Upload upload,
               const crypto::Sha256Digest& sha256);
  Bytes grant(std::uint32_t stream, const Version& version, bool already_there) const;
  Bytes take(std::size_t content);

  std::map<std::string, Upload> uploads_;
  std::map<std::uint32_t, std::string> streams_;  // to paths
  std::uint64_t taken_ = 0;
  std::uint64_t reported_ = 0;
  std::uint64_t last_seq_ = 0;
  crypto::Sha256Digest last_receipt_{};
  ReceiptMaker forger_;
};

}  // namespace sesame::test
