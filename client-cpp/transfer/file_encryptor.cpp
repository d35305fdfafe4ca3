#include "transfer/file_encryptor.hpp"

#include <algorithm>

namespace sesame::transfer {

FileEncryptor::FileEncryptor(const SourceFile& file, const crypto::AesKey& key,
                             crypto::CrcVariant variant)
    : file_(file), cipher_(key), crc_(variant) {}

Result<std::size_t> FileEncryptor::next(MutableByteView out) {
  if (finished_) return std::size_t{0};

  // The plaintext is read to where its ciphertext will stand: one buffer, one trip to memory.
  const auto left = file_.size() - offset_;
  const MutableByteView plaintext = out.first(std::min<std::uint64_t>(plaintext_block, left));
  if (const auto read = file_.read_at(offset_, plaintext); !read) return read.error();
  offset_ += plaintext.size();
  crc_.see_plaintext(plaintext);

  std::size_t size = cipher_.update(plaintext, out);
  if (offset_ == file_.size()) {
    size += cipher_.finish(out.subspan(size));
    finished_ = true;
  }
  crc_.see_ciphertext(out.first(size));
  return size;
}

}  // namespace sesame::transfer
