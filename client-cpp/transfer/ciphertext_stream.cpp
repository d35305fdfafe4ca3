#include "transfer/ciphertext_stream.hpp"

namespace sesame::transfer {

CiphertextStream::CiphertextStream(const SourceFile& file, const crypto::AesKey& key,
                                   crypto::CrcVariant variant, BlockRing& ring)
    : encryptor_(file, key, variant), ring_(ring) {
  ring_.reset();
  if (file.size() > plaintext_block) producer_ = std::jthread([this] { produce(); });
}

CiphertextStream::~CiphertextStream() {
  ring_.abandon();
  if (producer_.joinable()) producer_.join();
}

Result<ByteView> CiphertextStream::next() {
  if (!producer_.joinable()) {
    const auto size = encryptor_.next(ring_.first_buffer());
    if (!size) return size.error();
    return ByteView(ring_.first_buffer().first(*size));
  }
  if (holds_block_) ring_.release();
  auto block = ring_.front();
  holds_block_ = block && !block->empty();
  return block;
}

void CiphertextStream::produce() {
  while (const auto buffer = ring_.claim()) {
    const auto size = encryptor_.next(*buffer);
    if (!size) return ring_.close(size.error());
    if (*size == 0) return ring_.close({});
    ring_.publish(*size);
  }
}

}  // namespace sesame::transfer
