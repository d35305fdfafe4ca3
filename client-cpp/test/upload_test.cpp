#include <doctest/doctest.h>
#include <sys/stat.h>

#include "protocol/codes.hpp"
#include "temporary_folder.hpp"
#include "transfer/ciphertext_stream.hpp"
#include "transfer/file_decryptor.hpp"
#include "transfer/outgoing.hpp"
#include "transfer/send_run.hpp"
#include "vectors.hpp"

namespace sesame::transfer {
namespace {

const crypto::AesKey key = *crypto::AesKey::from_hex("dd73379622c502005add84ce28423aa0");

std::string patterned(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>(i * 31 + (i >> 8));
  return text;
}

struct Streamed {
  Status status;
  std::string ciphertext;
  std::size_t blocks = 0;
  protocol::CrcBytes crc{};
};

Streamed stream_all(const SourceFile& file, BlockRing& ring) {
  CiphertextStream stream(file, key, crypto::CrcVariant::ZlibCiphertext, ring);
  Streamed streamed;
  while (true) {
    const auto block = stream.next();
    if (!block) {
      streamed.status = block.error();
      return streamed;
    }
    if (block.value().empty()) break;
    streamed.ciphertext += text_of(block.value());
    ++streamed.blocks;
  }
  streamed.crc = stream.crc();
  return streamed;
}

}  // namespace

TEST_CASE("files around the size of a block arrive whole, with one ring for all") {
  const test::TemporaryFolder folder;
  BlockRing ring(ciphertext_block);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{16}, plaintext_block - 1, plaintext_block,
        plaintext_block + 1, 2 * plaintext_block, 9 * plaintext_block + 5}) {
    CAPTURE(size);
    const std::string plaintext = patterned(size);
    const auto file = SourceFile::open(folder.write("a", plaintext));
    REQUIRE(file);
    const auto streamed = stream_all(file.value(), ring);
    REQUIRE(streamed.status);
    CHECK(streamed.ciphertext.size() == protocol::ciphertext_size(size));
    CHECK(streamed.blocks ==
          std::max<std::size_t>(1, (size + plaintext_block - 1) / plaintext_block));

    crypto::FileCrc crc(crypto::CrcVariant::ZlibCiphertext);
    crc.see_ciphertext(bytes_of(streamed.ciphertext));
    CHECK(streamed.crc == crc.wire_bytes());

    folder.write("c", streamed.ciphertext);
    REQUIRE(decrypt_file(folder / "c", folder / "p", key, config::StagedFile::Existing::Replace));
    CHECK(test::read_text(folder / "p") == plaintext);
  }
}

TEST_CASE("a stream that nobody takes to its end stops") {
  const test::TemporaryFolder folder;
  BlockRing ring(ciphertext_block);
  const auto file = SourceFile::open(folder.write("a", patterned(20 * plaintext_block)));
  CiphertextStream stream(file.value(), key, crypto::CrcVariant::ZlibCiphertext, ring);
  CHECK(stream.next());
}

TEST_CASE("a file that shrinks while it is read fails, one that grows is sent as it was") {
  const test::TemporaryFolder folder;
  BlockRing ring(ciphertext_block);
  for (const std::size_t size : {std::size_t{100}, 8 * plaintext_block}) {
    CAPTURE(size);
    const auto path = folder.write("a", patterned(size));
    const auto file = SourceFile::open(path);
    std::filesystem::resize_file(path, size + 10);
    CHECK(stream_all(file.value(), ring).ciphertext.size() == protocol::ciphertext_size(size));
    std::filesystem::resize_file(path, size - 1);
    CHECK(test::outcome(stream_all(file.value(), ring).status) == "changed");
  }
}

TEST_CASE("only regular files that v3 can carry are opened") {
  const test::TemporaryFolder folder;
  CHECK(test::outcome(SourceFile::open(folder / "none")) == "not-found");
  CHECK(test::outcome(SourceFile::open(folder.path())) == "not-regular");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(test::outcome(SourceFile::open(folder / "fifo")) == "not-regular");

  const auto large = folder.write("large", "");
  std::filesystem::resize_file(large, protocol::largest_file);
  CHECK(SourceFile::open(large));
  std::filesystem::resize_file(large, protocol::largest_file + 1);
  CHECK(test::outcome(SourceFile::open(large)) == "too-large");
}

TEST_CASE("a name that v3 cannot carry fails its file") {
  const test::TemporaryFolder folder;
  CHECK(test::outcome(prepare_file(folder.path(), std::string(255, 'n'))) == "bad-name");
  CHECK(test::outcome(prepare_file(folder.path(), "\xFF")) == "bad-name");
  CHECK(test::outcome(prepare_file(folder.path(), "none")) == "not-found");
}

TEST_CASE("what is on its way out is taken from the front, across its parts") {
  const Bytes frames = test::bytes_from_hex("0102");
  const Bytes ciphertext = test::bytes_from_hex("030405");
  Outgoing out(frames, ciphertext);
  CHECK(out.size() == 5);
  CHECK(out.first(3).size() == 3);
  CHECK(out.first(99).size() == 5);
  out.advance(1);
  CHECK(to_hex(out.parts()[0]) == "02");
  out.advance(2);
  CHECK(to_hex(out.parts()[1]) == "0405");
  out.advance(2);
  CHECK(out.empty());
}

TEST_CASE("a ciphertext that is bad leaves nothing behind") {
  const test::TemporaryFolder folder;
  for (const auto& vector : test::vectors("v3/aes.json")) {
    if (vector.at("expect") == "ok") continue;
    const auto vector_key = *crypto::AesKey::from_hex(vector.at("key_hex").get<std::string>());
    folder.write("c", std::string(text_of(test::hex_field(vector, "ciphertext_hex"))));
    const auto decrypted =
        decrypt_file(folder / "c", folder / "p", vector_key, config::StagedFile::Existing::Keep);
    CHECK(test::outcome(decrypted) == "bad-ciphertext");
    CHECK(folder.entries() == 1);
  }
}

}  // namespace sesame::transfer
