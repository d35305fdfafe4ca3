#pragma once

#include <thread>

#include "transfer/block_ring.hpp"
#include "transfer/file_encryptor.hpp"

namespace sesame::transfer {

/// The ciphertext of one file, block after block. A file of more than one block is read and
/// encrypted in a thread of its own, ahead of who sends it; a smaller one is not worth a thread.
class CiphertextStream {
 public:
  /// The ring belongs to this stream as long as it lives.
  CiphertextStream(const SourceFile& file, const crypto::AesKey& key, crypto::CrcVariant variant,
                   BlockRing& ring);
  CiphertextStream(const CiphertextStream&) = delete;
  CiphertextStream& operator=(const CiphertextStream&) = delete;
  ~CiphertextStream();

  /// The next block, valid until the next call; empty at the end. Fails as SourceFile::read_at
  /// does.
  Result<ByteView> next();

  /// After the end.
  [[nodiscard]] protocol::CrcBytes crc() const { return encryptor_.crc(); }

 private:
  void produce();

  FileEncryptor encryptor_;
  BlockRing& ring_;
  bool holds_block_ = false;
  std::jthread producer_;
};

}  // namespace sesame::transfer
