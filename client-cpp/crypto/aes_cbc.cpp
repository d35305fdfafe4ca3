#include "crypto/aes_cbc.hpp"

#include <array>

namespace sesame::crypto {
namespace {

constexpr std::array<unsigned char, aes_block> zero_iv{};

const unsigned char* chars(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* chars(MutableByteView bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// EVP counts in int, and trusts the caller about the room behind `out`.
void check_room(ByteView in, MutableByteView out, std::size_t extra) {
  if (in.size() > largest_update || out.size() < in.size() + extra) {
    throw std::length_error("a cipher was given too little room");
  }
}

}  // namespace

CbcEncryptor::CbcEncryptor(const AesKey& key) : context_(EVP_CIPHER_CTX_new()) {
  require(context_ != nullptr, "EVP_CIPHER_CTX_new");
  require(EVP_EncryptInit_ex2(context_.get(), EVP_aes_128_cbc(), chars(key.bytes()), zero_iv.data(),
                              nullptr) == 1,
          "EVP_EncryptInit_ex2");
}

std::size_t CbcEncryptor::update(ByteView in, MutableByteView out) {
  check_room(in, out, aes_block - 1);
  int written = 0;
  require(EVP_EncryptUpdate(context_.get(), chars(out), &written, chars(in),
                            static_cast<int>(in.size())) == 1,
          "EVP_EncryptUpdate");
  return static_cast<std::size_t>(written);
}

std::size_t CbcEncryptor::finish(MutableByteView out) {
  check_room({}, out, aes_block);
  int written = 0;
  require(EVP_EncryptFinal_ex(context_.get(), chars(out), &written) == 1, "EVP_EncryptFinal_ex");
  return static_cast<std::size_t>(written);
}

CbcDecryptor::CbcDecryptor(const AesKey& key) : context_(EVP_CIPHER_CTX_new()) {
  require(context_ != nullptr, "EVP_CIPHER_CTX_new");
  require(EVP_DecryptInit_ex2(context_.get(), EVP_aes_128_cbc(), chars(key.bytes()), zero_iv.data(),
                              nullptr) == 1,
          "EVP_DecryptInit_ex2");
}

std::size_t CbcDecryptor::update(ByteView in, MutableByteView out) {
  check_room(in, out, aes_block);
  int written = 0;
  require(EVP_DecryptUpdate(context_.get(), chars(out), &written, chars(in),
                            static_cast<int>(in.size())) == 1,
          "EVP_DecryptUpdate");
  return static_cast<std::size_t>(written);
}

Result<std::size_t> CbcDecryptor::finish(MutableByteView out) {
  check_room({}, out, aes_block);
  int written = 0;
  if (EVP_DecryptFinal_ex(context_.get(), chars(out), &written) != 1) {
    return Error{ErrorCode::BadCiphertext,
                 "the padding is wrong: not AES-128-CBC ciphertext, cut, or the key is wrong"};
  }
  return static_cast<std::size_t>(written);
}

}  // namespace sesame::crypto
